import { createHash } from "node:crypto";
import type { StoredCatalog } from "./catalog-model.ts";
import { formatCatalog } from "./format-catalog.ts";

/** Fifteen times what comes with Sahab; what is read at once stays below 0.1 s of processor time. */
export const catalogFileBytesMax = 8 * 1024 * 1024;

/** An updated catalogue as it is kept: a line with its SHA-256, so that damage is noticed, and the catalogue. */
export function formatCatalogFile(catalog: StoredCatalog): string {
  const text = formatCatalog(catalog);
  return `${head}${sha256(text)}\n${text}`;
}

/** Undefined where the text is not, to the last byte, what was written. */
export function parseCatalogFile(file: string): StoredCatalog | undefined {
  const end = file.indexOf("\n") + 1;
  const text = file.slice(end);
  if (file.slice(0, end) !== `${head}${sha256(text)}\n`) return undefined;
  return JSON.parse(text) as StoredCatalog;
}

const head = "sahab-catalog-1 sha256:";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
