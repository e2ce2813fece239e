import { describeReadFault } from "../base/describe-read-fault.ts";
import { resolveUserPath } from "../base/user-path.ts";
import { CommandError } from "./command-error.ts";

/** The error for a file that cannot be read, with its full path: a relative one does not say where it was looked for. */
export function cannotRead(file: string, cause: unknown): CommandError {
  const place = file === "-" ? "standard input" : resolveUserPath(file);
  return new CommandError(`Cannot read ${place}: ${describeReadFault(cause)}`, { cause });
}
