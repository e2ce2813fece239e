import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A small input that broke a gateway, a model server or a client somewhere, with what is right. */
export interface FieldCase {
  name: string;
  /** The right outcome in a sentence. */
  expected: string;
  has(file: string): boolean;
  bytes(file: string): Buffer;
  text(file: string): string;
}

const root = process.env["SAHAB_FIELD_CASES"] ?? join(import.meta.dir, "..", "..", "..", "..", "shared", "cases");

const templateFolder = "templates";

/** All cases by name. None where the folder is missing: it is beside the checkout, not in it. */
export function readFieldCases(): FieldCase[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== templateFolder)
    .map((entry) => openCase(entry.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Chat templates of the cases, by name. */
export function readTemplates(): Record<string, string> {
  const folder = join(root, templateFolder);
  const files = readdirSync(folder).filter((file) => file.endsWith(".jinja"));
  return Object.fromEntries(
    files.map((file) => [file.slice(0, -".jinja".length), readFileSync(join(folder, file), "utf8")]),
  );
}

function openCase(name: string): FieldCase {
  const at = (file: string) => join(root, name, file);
  return {
    name,
    expected: readFileSync(at("expected.txt"), "utf8").trim(),
    has: (file) => existsSync(at(file)),
    bytes: (file) => readFileSync(at(file)),
    text: (file) => readFileSync(at(file), "utf8"),
  };
}
