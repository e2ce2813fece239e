import { resolveUserPath } from "../base/user-path.ts";
import { CommandError } from "./command-error.ts";

/** The error for a file that cannot be read, with its full path: a relative one does not say where it was looked for. */
export function cannotRead(file: string, cause: unknown): CommandError {
  const { code, message } = cause as { code?: string; message?: string };
  const place = file === "-" ? "standard input" : resolveUserPath(file);
  const why = code === undefined ? (message ?? String(cause)) : [reasons[code], `(${code})`].filter(Boolean).join(" ");
  return new CommandError(`Cannot read ${place}: ${why}`, { cause });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder, expected a file",
  ENOTDIR: "a part of its path is no folder",
  EACCES: "the system's permissions do not let this user read it",
  EPERM: "the system's permissions do not let this user read it",
};
