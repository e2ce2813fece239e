import { readFile, stat } from "node:fs/promises";
import { resolveUserPath } from "../../base/user-path.ts";
import { PlanFault } from "../../planner/sheet/index.ts";
import { readTrace, type Trace } from "../../planner/simulation/index.ts";
import { cannotRead } from "../cannot-read.ts";
import { CommandError } from "../command-error.ts";

/** More than a day of a busy service. */
const traceBytesMax = 1024 ** 3;

/** A trace in one of the formats of `readTrace`. Throws a CommandError where it cannot be used. */
export async function readTraceFile(file: string): Promise<Trace> {
  const path = resolveUserPath(file);
  let text;
  try {
    const { size } = await stat(path);
    if (size > traceBytesMax)
      throw new CommandError(
        `Cannot read ${path}: it has ${size} bytes, allowed is a trace of at most ${traceBytesMax}`,
      );
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw cause instanceof CommandError ? cause : cannotRead(file, cause);
  }
  try {
    return readTrace(text, file.split("/").at(-1) ?? file);
  } catch (cause) {
    throw cause instanceof PlanFault ? new CommandError(cause.message, { cause }) : cause;
  }
}
