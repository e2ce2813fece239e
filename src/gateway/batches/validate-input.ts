import { LineFault, type BatchError, type FilesForm } from "../../dialect/files-form.ts";
import { inputLines, lineBytesMax } from "./input-lines.ts";

/** OpenAI's bound. */
const linesMax = 50_000;
/** A person mends a few at a time. */
const errorsMax = 100;

/** Looks at all lines of an input. `total` is the number of requests. */
export async function validateInput(
  form: Pick<FilesForm, "readLine">,
  pieces: AsyncIterable<Buffer>,
  endpoint: string,
): Promise<{ total: number; model: string | undefined; errors: BatchError[] }> {
  const errors: BatchError[] = [];
  const seen = new Map<string, number>();
  let total = 0;
  let model: string | undefined;
  for await (const { number, bytes } of inputLines(pieces)) {
    const fail = (code: string, message: string, param: string | null = null) =>
      errors.push({ code, message, param, line: number });
    if (++total > linesMax) {
      fail("too_many_requests", `A batch may have ${linesMax} requests; this one has more`);
      break;
    }
    if (errors.length >= errorsMax) break;
    if (!bytes) {
      fail("line_too_long", `A line may have ${lineBytesMax} bytes; this one has more`);
      continue;
    }
    try {
      const line = form.readLine(bytes, endpoint);
      model ??= line.model || undefined;
      const first = seen.get(line.customId);
      if (first === undefined) seen.set(line.customId, number);
      else
        fail(
          "duplicate_custom_id",
          `custom_id: ${JSON.stringify(line.customId.slice(0, 100))} is that of line ${first}, too`,
          "custom_id",
        );
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      fail(error.code, error.message, error.param);
    }
  }
  if (total === 0)
    errors.push({
      code: "empty_file",
      message: "The file has no requests; expected one a line",
      param: null,
      line: null,
    });
  return { total, model, errors };
}
