import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SahabError } from "../../base/errors.ts";
import { readGguf, type GgufFile } from "./read-gguf.ts";

/** How llama.cpp names the files of a model that is split: `name-00001-of-00003.gguf`. It finds the others by the first one's name. */
const partName = /-(\d{5})-of-(\d{5})(\.gguf)$/i;
/** The largest public models have a few hundred. */
const partsMax = 1000;

/** The names of all parts of a model, in order, of which one is given; that name alone where the model is not split. */
export function partNames(name: string): string[] {
  const found = partName.exec(name);
  const count = Number(found?.[2] ?? 0);
  const given = Number(found?.[1] ?? 0);
  if (!found || given < 1 || given > count || count > partsMax) return [name];
  const numbers = Array.from({ length: count }, (_, index) => String(index + 1).padStart(5, "0"));
  return numbers.map((number) => `${name.slice(0, found.index)}-${number}-of-${found[2]}${found[3]}`);
}

/** `name.gguf` for each part of it. */
export function withoutPart(name: string): string {
  return name.replace(partName, "$3");
}

export interface ModelFiles {
  /** Metadata of the first file, tensors and bytes of all. */
  header: GgufFile;
  /** Paths, the first one first: the one that llama.cpp is given. */
  paths: string[];
}

/**
 * Reads the headers of a model's files, all of which must be there, given any one of them. Throws `invalid_request` with the
 * ones that are missing, damaged or another model's.
 */
export async function readModelFiles(path: string): Promise<ModelFiles> {
  const paths = partNames(basename(path)).map((name) => join(dirname(path), name));
  const missing = paths.filter((part) => !existsSync(part));
  if (paths.length > 1 && missing.length > 0)
    throw new SahabError(
      "invalid_request",
      `The model of ${path} has ${paths.length} parts, and ${missing.length} are missing: ${nameSome(missing)}`,
    );
  const headers: GgufFile[] = [];
  for (const part of paths) headers.push(await readGguf(part));
  checkParts(headers, paths);
  return { header: joined(headers), paths };
}

function joined(headers: readonly GgufFile[]): GgufFile {
  const [first] = headers as [GgufFile];
  return {
    ...first,
    fileBytes: headers.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
    tensors: headers.flatMap(({ tensors }) => tensors),
  };
}

/** Whether the files are all parts of one model, in order. Files are named as `names` says. */
export function checkParts(headers: readonly GgufFile[], names: readonly string[]): void {
  const wrong = (index: number, what: string) =>
    new SahabError("invalid_request", `The model file ${names[index]} ${what}`);
  for (const [index, { metadata }] of headers.entries()) {
    const count = Number(metadata["split.count"] ?? 1);
    const number = Number(metadata["split.no"] ?? 0);
    if (count === headers.length && number === index) continue;
    if (count <= 1) throw wrong(index, "is no part of a model, though its name says so");
    if (headers.length === 1)
      throw wrong(
        index,
        `is part ${number + 1} of ${count}, whose others are found by their names; it must be named like NAME-${String(number + 1).padStart(5, "0")}-of-${String(count).padStart(5, "0")}.gguf`,
      );
    throw wrong(index, `is part ${number + 1} of ${count}, though its name says ${index + 1} of ${headers.length}`);
  }
  const wanted = headers[0]?.metadata["split.tensors.count"];
  const found = headers.reduce((sum, { tensors }) => sum + tensors.length, 0);
  if (headers.length > 1 && typeof wanted === "number" && wanted !== found)
    throw wrong(0, `belongs to a model of ${wanted} tensors, but its ${headers.length} parts have ${found}`);
}

export function nameSome(names: readonly string[]): string {
  return names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}
