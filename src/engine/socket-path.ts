import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { SahabError } from "../base/errors.ts";

/** The kernel allows 107 bytes; a child first listens under a name that is up to 10 bytes longer. */
const pathBytesMax = 97;

/** The real path of a socket: a path that is too long for the kernel becomes one in the temporary folder, the same in every process. */
export function resolveSocketPath(path: string): string {
  if (Buffer.byteLength(path) <= pathBytesMax) return path;
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 20);
  const short = join(temporaryFolder(), hash, "s");
  if (Buffer.byteLength(short) <= pathBytesMax) return short;
  throw new SahabError(
    "invalid_request",
    `The socket path ${path} has ${Buffer.byteLength(path)} bytes, and the path in the temporary folder is too long as well; at most ${pathBytesMax} bytes are allowed. Choose a shorter data folder`,
  );
}

/** Makes the socket's folder, accessible to its owner only. Refuses a folder of another user. */
export function makeSocketFolder(socketPath: string): void {
  const folder = temporaryFolder();
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  if (!socketPath.startsWith(`${folder}${sep}`)) return;
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new SahabError(
      "invalid_request",
      `The folder ${folder} belongs to another user; remove it or choose a shorter data folder`,
    );
  }
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

const temporaryFolder = () => join(tmpdir(), `sahab-${process.getuid?.() ?? 0}`);
