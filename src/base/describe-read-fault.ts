/** Why a file cannot be read, from the error of the system that was thrown: the end of a sentence. */
export function describeReadFault(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  return code === undefined ? (message ?? String(cause)) : [reasons[code], `(${code})`].filter(Boolean).join(" ");
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder, expected a file",
  ENOTDIR: "a part of its path is no folder",
  EACCES: "the system's permissions do not let this user read it",
  EPERM: "the system's permissions do not let this user read it",
};
