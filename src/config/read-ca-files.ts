import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CloudConfigError } from "./cloud-config.ts";

const bytesMax = 1024 * 1024;

/**
 * A parsed cloud.yaml in which each file that a provider's `tls.ca` names is replaced by its text; what is PEM already stays.
 * Only for documents of this machine's user: a document that came over the network must not name files. Throws a
 * CloudConfigError with all files that cannot be read.
 */
export async function readCaFiles(document: unknown, folder: string): Promise<unknown> {
  const { providers } = (document ?? {}) as { providers?: unknown };
  if (!Array.isArray(providers)) return document;
  const problems: string[] = [];
  const read: unknown[] = [];
  for (const [index, provider] of providers.entries()) {
    const { tls } = (provider ?? {}) as { tls?: unknown };
    const { ca } = (tls ?? {}) as { ca?: unknown };
    if (typeof ca !== "string" || ca.includes("-----BEGIN")) {
      read.push(provider);
      continue;
    }
    const file = resolve(folder, ca);
    try {
      read.push({ ...(provider as object), tls: { ...(tls as object), ca: await readText(file) } });
    } catch (error) {
      problems.push(`providers[${index}].tls.ca: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new CloudConfigError(problems);
  return { ...(document as object), providers: read };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= bytesMax) return await readFile(file, "utf8");
    throw new Error(`it has ${size} bytes, at most ${bytesMax} are allowed`);
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    throw new Error(`cannot read ${file} (${code ?? message})`, { cause });
  }
}
