import { z } from "@hono/zod-openapi";
import { findUnprintable } from "../base/printable.ts";
import { configErrorFields } from "./change-schemas.ts";

export const isoTime = z.iso.datetime({ offset: true });

/** Text that a store can hold and a terminal can show. */
export const printable = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .superRefine((text, context) => {
      const found = findUnprintable(text);
      const message = `expected text without control and invisible characters; there is ${found}`;
      if (found !== undefined) context.addIssue({ code: "custom", message });
    });

/** For queries with a time from which on and one until which. */
export function checkTimes(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (since === undefined || until === undefined || Date.parse(since) < Date.parse(until)) return;
  const message = `expected a time before until, ${until}; there is ${since}`;
  context.addIssue({ code: "custom", path: ["since"], message });
}

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      param: z.string().nullable(),
      request_id: z.string(),
      ...configErrorFields,
    }),
  })
  .openapi("Error");
