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

const named = process.env["SAHAB_FIELD_CASES"];
const root = named ?? join(import.meta.dir, "..", "..", "..", "..", "shared", "cases");
const templateFolder = "templates";

/** All cases by name. None where the folder is missing: it is beside the checkout, not in it. Throws where one that was named has none. */
export function readFieldCases(): FieldCase[] {
  const entries = existsSync(root) ? readdirSync(root, { withFileTypes: true }) : [];
  const names = entries.filter((entry) => entry.isDirectory() && entry.name !== templateFolder).map(({ name }) => name);
  const cases = names.filter((name) => existsSync(join(root, name, "expected.txt"))).toSorted();
  if (named !== undefined && cases.length === 0) throw new Error(`SAHAB_FIELD_CASES is ${named}, where no case is`);
  return cases.map(openCase);
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
