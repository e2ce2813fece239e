import { z } from "@hono/zod-openapi";
import { csvLine } from "../base/csv.ts";

/** Rows of one answer as CSV. */
export const csvRowsMax = 100_000;

export const csvFormat = z
  .enum(["json", "csv", "spreadsheet"])
  .optional()
  .describe(
    "`csv` for rows as CSV (RFC 4180), as with `Accept: text/csv`; `spreadsheet` for the same after a byte order mark, without which Excel reads letters wrong",
  );
export type CsvFormat = z.infer<typeof csvFormat>;

/** Whether a client asks for CSV, by the query or by what it accepts. */
export function wantsCsv(request: Request, format: CsvFormat): boolean {
  return format === undefined ? (request.headers.get("accept")?.startsWith("text/csv") ?? false) : format !== "json";
}

type Cells = readonly (string | number)[];

/** Sends a line of names and then rows as they are made, piece by piece; it ends without its end where making them fails. */
export function csvAnswer(
  { name, format }: { name: string; format: CsvFormat },
  names: Cells,
  pieces: AsyncIterable<readonly Cells[]>,
): Response {
  const mark = format === "spreadsheet" ? "\uFEFF" : "";
  const text = new TextEncoder();
  const rows = pieces[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(text.encode(mark + csvLine(names))),
      pull: async (controller) => {
        // An empty piece would read as the end of a body in chunks.
        for (;;) {
          const { done, value = [] } = await rows.next();
          if (done === true) return controller.close();
          if (value.length > 0) return controller.enqueue(text.encode(value.map(csvLine).join("")));
        }
      },
      cancel: async () => void (await rows.return?.()),
    },
    { highWaterMark: 1 },
  );
  const headers = {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="${name}"`,
    "cache-control": "no-store",
  };
  return new Response(body, { headers });
}
