import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnvironment } from "../base/environment.ts";
import { createProgram } from "../cli/program.ts";

const root = join(import.meta.dir, "..", "..");

/** Variables that the program hands to its own processes, or writes for others to read. */
const notForPeople = {
  SAHAB_API_KEY: "of the programs that connect sets up",
  SAHAB_CALLED_AS: "from the launcher",
  SAHAB_ENGINE_RESTRICTION: "to an engine",
  SAHAB_LAUNCHED_IN: "from the launcher",
};

/** What the table of docs/settings.md has in its first column. */
function listed(): string[] {
  const page = readFileSync(join(root, "docs", "settings.md"), "utf8");
  const [table = ""] = page.split("| variable |")[1]?.split("\n\n") ?? [];
  return table.split("\n").flatMap((row) => row.split("|")[1]?.match(/(?<=`)[A-Z_]+(?=`)/g) ?? []);
}

/** Each variable that parsing asks for, with its value or without. */
function asked(): string[] {
  const names = new Set<string>();
  const variables = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, name) => {
        names.add(String(name));
        return undefined;
      },
    },
  );
  parseEnvironment(variables);
  return [...names];
}

/** Each `SAHAB_` variable that a file of the program has as a text of its own. */
function written(): string[] {
  const names = new Set<string>();
  for (const folder of ["src", "bin"])
    for (const file of new Bun.Glob("**/*.{ts,mjs}").scanSync(join(root, folder))) {
      if (file.endsWith(".test.ts") || file.startsWith("testing/")) continue;
      const text = readFileSync(join(root, folder, file), "utf8");
      for (const [, name = ""] of text.matchAll(/(?:["'`]|env\.)(SAHAB_[A-Z_]+)\b/g)) names.add(name);
    }
  return [...names];
}

/** As docs/settings.md says, small letters are taken, too. */
const large = (name: string) => (name.endsWith("_proxy") ? name.toUpperCase() : name);

test("docs/settings.md has each variable that the program reads, and no other", () => {
  const page = listed();
  const read = [...new Set([...asked(), ...written()].map(large))];
  expect(read.length).toBeGreaterThan(40);
  const mine = read.filter((name) => !Object.hasOwn(notForPeople, name));
  expect(mine.filter((name) => !page.includes(name))).toEqual([]);
  // NODE_EXTRA_CA_CERTS is read by the runtime, and vendors' keys by their catalogue.
  const others = new Set(["NODE_EXTRA_CA_CERTS", "OPENAI_API_KEY"]);
  expect(page.filter((name) => !read.includes(name) && !others.has(name))).toEqual([]);
  expect(Object.keys(notForPeople).filter((name) => !read.includes(name))).toEqual([]);
});

test("sahab --help names each of Sahab's own variables of the page", () => {
  let help = "";
  createProgram()
    .configureOutput({ writeOut: (text) => void (help += text) })
    .outputHelp();
  const own = listed().filter((name) => name.startsWith("SAHAB_") && !name.endsWith("_FILE"));
  expect(own.filter((name) => !help.includes(name))).toEqual([]);
});
