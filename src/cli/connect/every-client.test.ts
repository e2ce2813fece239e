import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseEnvironment } from "../../base/environment.ts";
import { startFakeVendor, type FakeVendor } from "../../testing/fake-vendor.ts";
import { oneModelConfig } from "../../testing/one-model-config.ts";
import { runSahab, trustsTests, type TestSahab } from "../../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { openClient } from "../client.ts";
import type { ClientProgram, Connection } from "../../connect/client-program.ts";
import { settingsFormat } from "../../connect/format/index.ts";
import { Manifests } from "./manifest.ts";
import type { ModelFacts } from "../../connect/model-facts.ts";
import { makeKey } from "./own-key.ts";
import { findPlaces, type Places } from "../../connect/places.ts";
import { clientPrograms } from "../../connect/registry.ts";
import { revokeFormer, undo, write } from "./write.ts";

// Every program's settings, in an empty home and in one with settings of a person's, against a real Sahab.

let vendor: FakeVendor;
let sahab: TestSahab;
let base: string;

beforeAll(async () => {
  base = makeTemporaryFolder();
  vendor = startFakeVendor({});
  sahab = await runSahab({ env: trustsTests, config: oneModelConfig(vendor.url, "big/model-1") });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(base);
});

const model: ModelFacts = {
  name: "big/model-1",
  context: 200_000,
  output: 16_000,
  tools: true,
  images: true,
  thinks: false,
  isChat: true,
  isDeclared: true,
};

const at = "2026-11-26T00:00:00.000Z";

function openDeps(home: string) {
  const settings = parseEnvironment(sahab.commandEnvironment());
  const places = findPlaces({ HOME: home, PATH: "" }, "linux");
  return { manifests: new Manifests(join(home, "..", "data")), places, admin: openClient(settings) };
}

async function connect(deps: ReturnType<typeof openDeps>, program: ClientProgram) {
  const own = await makeKey(deps.admin, { program: program.name, project: "default" });
  const connection: Connection = { address: deps.admin.address, key: own.key, model, at, models: [model] };
  const { former, manifest } = write(deps, program, { connection, own });
  expect(await revokeFormer(deps.admin, former, manifest)).toEqual([]);
  return own.key;
}

/** All files below a folder, with mode and text; folders too. */
function contentsOf(folder: string): Record<string, string> {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const mode = (statSync(path).mode & 0o777).toString(8);
    return [relative(folder, path), entry.isFile() ? `${mode} ${readFileSync(path, "utf8")}` : mode];
  });
  return Object.fromEntries(all) as Record<string, string>;
}

const writable = clientPrograms
  .filter(({ files }) => files !== undefined)
  .map((program) => [program.name, program] as const);

describe.each(writable)("%s", (name, program) => {
  const home = (kind: string) => {
    const path = join(base, name, kind, "home");
    mkdirSync(path, { recursive: true });
    return path;
  };

  test("in an empty home: the values are there, the key is the owner's alone, and undoing leaves nothing", async () => {
    const deps = openDeps(home("empty"));
    const key = await connect(deps, program);
    const files = contentsOf(deps.places.home);
    const written = Object.values(files).join("\n");
    expect(written).toContain(sahab.address);
    expect(written).toContain("big/model-1");
    expect(written).toContain(key);
    for (const text of Object.values(files)) if (text.includes(key)) expect(text).toStartWith("600 ");
    expect(await sahab.takesKey(key)).toBeTrue();
    expect(await undo(deps, program, false)).toMatchObject({ fault: undefined });
    expect(contentsOf(deps.places.home)).toEqual({});
    expect(await sahab.takesKey(key)).toBeFalse();
  });

  test("in a home with settings: they stay with their comments, and undoing is exact", async () => {
    const deps = openDeps(home("full"));
    fill(program, deps.places);
    const before = contentsOf(deps.places.home);
    const key = await connect(deps, program);
    for (const [path, text] of Object.entries(contentsOf(deps.places.home))) {
      if (before[path]?.includes("# mine")) expect(text).toContain("# mine");
      if (before[path]?.includes("// mine")) expect(text).toContain("// mine");
    }
    const second = await connect(deps, program);
    expect(await sahab.takesKey(key)).toBeFalse();
    expect(JSON.stringify(contentsOf(deps.places.home))).not.toContain(key);
    expect(await sahab.takesKey(second)).toBeTrue();
    await undo(deps, program, false);
    expect(contentsOf(deps.places.home)).toEqual(before);
    expect(await sahab.takesKey(second)).toBeFalse();
  });

  test("what was changed since stays when it is undone", async () => {
    const deps = openDeps(home("since"));
    fill(program, deps.places);
    await connect(deps, program);
    const changed = filesOf(program, deps.places).filter(({ format }) => format !== "text");
    for (const { path, format } of changed) {
      const { parse, set } = settingsFormat(format);
      const text = readFileSync(path, "utf8");
      const at = Array.isArray(parse(text)) ? [(parse(text) as unknown[]).length] : ["MINE_SINCE"];
      writeFileSync(path, set(text, at, "yes"));
    }
    await undo(deps, program, false);
    for (const { path, format } of changed) {
      const text = readFileSync(path, "utf8");
      expect(text).not.toContain(sahab.address);
      expect(text).not.toContain("sk-sahab");
      const found = settingsFormat(format).parse(text);
      expect(JSON.stringify(found)).toContain("yes");
      expect(JSON.stringify(found)).toContain("mine");
    }
  });
});

function filesOf(program: ClientProgram, places: Places) {
  return program.files?.({ address: "http://a", key: "k", model, at, models: [model] }, places) ?? [];
}

/** Settings of a person's in each of the program's files, in the way of its values where it can be. */
function fill(program: ClientProgram, places: Places): void {
  for (const { path, format, values } of filesOf(program, places)) {
    mkdirSync(dirname(path), { recursive: true });
    const isList = values.some(({ path: [first] }) => typeof first === "object");
    const texts = {
      json: `// mine\n{\n  "mine": "kept", // mine too\n  "model": ${program.name === "opencode" || program.name === "kilo" || program.name === "codex" ? '"old"' : '{ "other": 1 }'}\n}\n`,
      yaml: isList ? "# mine\n- model_id: mine\n" : "# mine\nmine: kept # mine\nweak-model: old\n",
      toml: '# mine\nmodel = "old" # mine\nmine = 1\n\n[model_providers.mine]\nname = "mine"\n',
      env: "# mine\nmine=1\nGEMINI_API_KEY=old\n",
      text: "mine\n",
    };
    writeFileSync(path, texts[format], { mode: 0o640 });
  }
}
