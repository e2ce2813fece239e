import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CloudConfigError } from "./cloud-config.ts";

const bytesMax = 1024 * 1024;

/**
 * A parsed cloud.yaml in which each file that a provider's `tls.ca` names is replaced by its text; what is PEM already stays.
 * Only for documents of this machine's user: a document that came over the network must not name files. Throws a CloudConfigError.
 */
export async function readCaFiles(document: unknown, folder: string): Promise<unknown> {
  const { providers } = (document ?? {}) as { providers?: unknown };
  if (!Array.isArray(providers)) return document;
  const read = providers.map(async (provider: unknown, index) => {
    const { tls } = (provider ?? {}) as { tls?: unknown };
    const { ca } = (tls ?? {}) as { ca?: unknown };
    if (typeof ca !== "string" || ca.includes("-----BEGIN")) return provider;
    return { ...(provider as object), tls: { ...(tls as object), ca: await readText(resolve(folder, ca), index) } };
  });
  return { ...(document as object), providers: await Promise.all(read) };
}

async function readText(file: string, index: number): Promise<string> {
  const place = `providers[${index}].tls.ca: `;
  try {
    const { size } = await stat(file);
    if (size > bytesMax)
      throw new CloudConfigError([`${place}${file} has ${size} bytes; at most ${bytesMax} are allowed`]);
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof CloudConfigError) throw cause;
    const code = (cause as { code?: unknown }).code;
    throw new CloudConfigError([`${place}cannot read ${file} (${typeof code === "string" ? code : String(cause)})`]);
  }
}
