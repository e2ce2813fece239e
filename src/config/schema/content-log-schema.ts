import { z } from "zod";
import { compileLinear } from "../../base/linear-pattern.ts";
import { maskKinds } from "../../base/mask-text.ts";

const ownPatternsMax = 20;

/** A pattern in RE2's syntax, whose search takes time in proportion to the text. */
const pattern = z.string().superRefine((text, context) => {
  try {
    compileLinear(text);
  } catch (cause) {
    context.addIssue({ code: "custom", message: `the pattern ${cause instanceof Error ? cause.message : "is wrong"}` });
  }
});

export const ownMaskSchema = z.strictObject({
  /** Stands in the text, in brackets, for what was masked. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,31}$/, "small letters, digits, _ and - are allowed, at most 32, a letter first"),
  pattern,
});

/** What is kept of a project's prompts and answers. */
export const contentLogSchema = z.strictObject({
  /** A day's text is deleted so many days after its end, in UTC. */
  retention_days: z.number().int().min(1).max(365),
  /** What is masked before anything is written; absent for all but `ip`. */
  mask: z
    .array(
      z.union([z.enum(maskKinds), ownMaskSchema], {
        error: `expected ${maskKinds.join(", ")}, or a pattern of your own as { name, pattern } in RE2's syntax`,
      }),
    )
    .max(maskKinds.length + ownPatternsMax)
    .optional(),
  /** The part of the requests that is kept. */
  sample: z.number().gt(0).lte(1).optional(),
});

export type ContentLogTerms = z.infer<typeof contentLogSchema>;
