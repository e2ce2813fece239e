import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import type { SecretSources } from "../../base/secret-sources.ts";
import { withoutVendorKeys } from "../../vendor/index.ts";
import { findKeyFault } from "../provider-secret.ts";
import { whyNotRead } from "./access.ts";
import { parseSecretReference, type SecretReference } from "./reference.ts";
import { runSecretCommand } from "./run-secret-command.ts";

/** A key of 8,192 characters with a line end. */
const secretBytesMax = 8194;

/** The secret that a reference leads to. Rejects with an Error whose message names the reference's kind and holds nothing of a value. */
export async function readSecret(text: string, sources: SecretSources): Promise<string> {
  const why = whyNotRead(text, sources);
  if (why !== undefined) throw new Error(why);
  const reference = parseSecretReference(text);
  if (!reference) throw new Error("it is no reference");
  const value = (await readText(reference, sources)).replace(/^\uFEFF/, "").trim();
  const fault = value === "" ? "there is nothing in it" : findKeyFault(value);
  if (fault !== undefined) throw new Error(`what it leads to is not usable: ${fault}`);
  return value;
}

async function readText(reference: SecretReference, sources: SecretSources): Promise<string> {
  if (reference.kind === "file") return readFileWithin(sources, reference.path);
  if (reference.kind === "exec") return runSecretCommand(reference.command, withoutVendorKeys(sources.environment));
  const value = sources.variables[reference.name];
  if (value === undefined) throw new Error("the variable is not set where the server was started");
  return value;
}

/** Links are followed first, so that none leads out of a folder; where a file is elsewhere, nothing is said of it. */
async function readFileWithin({ folders, dataDir }: SecretSources, path: string): Promise<string> {
  const [real, data, ...roots] = await Promise.all(
    [path, dataDir, ...folders].map((place) => realpath(place).catch(() => undefined)),
  );
  const mayRead = (root: string | undefined, file: string) =>
    isWithin(root, file) && (!isWithin(data, file) || isWithin(data, root ?? ""));
  if (real === undefined || !roots.some((root) => mayRead(root, real)))
    throw new Error("no such file is in a folder that the owner of the machine lists in SAHAB_SECRET_FILES");
  // What took its place since is not followed, and a pipe is not waited for.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      throw new Error(`the file cannot be read (${(cause as { code?: string }).code ?? "no reason given"})`, { cause });
    },
  );
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > secretBytesMax)
      throw new Error(`expected a file of at most ${secretBytesMax} bytes`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function isWithin(folder: string | undefined, path: string): boolean {
  if (folder === undefined) return false;
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..";
}
