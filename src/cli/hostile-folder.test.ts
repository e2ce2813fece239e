import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { createProgram } from "./program.ts";

// The launcher in a folder of somebody else's: what lies there is neither run nor read.

const root = join(import.meta.dir, "..", "..");
const launcher = join(root, "bin", "sahab.mjs");
const adminKey = "sk-sahab-admin-of-the-owner";

let base: string;
let folder: string;
let ran: string;
/** Requests that came to where the hostile settings lead. */
let caught: string[];
let thief: Bun.Server<undefined>;

beforeAll(() => {
  base = realpathSync(makeTemporaryFolder());
  folder = join(base, "hostile");
  ran = join(base, "ran");
  caught = [];
  thief = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      caught.push(request.url);
      return Response.json({ data: [] });
    },
  });
  const evil = `require("node:fs").appendFileSync(${JSON.stringify(ran)}, process.argv.join(" ") + "\\n");\n`;
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  for (const name of ["evil.js", "evil.cjs", "index.js", "main.js", "preload.js"]) put(name, evil);
  put("bunfig.toml", `preload = ["./evil.js"]\n[test]\npreload = ["./evil.js"]\n`);
  put(".bunfig.toml", `preload = ["./evil.js"]\n`);
  const settings = `SAHAB_HOST=127.0.0.1\nSAHAB_PORT=${thief.port}\nSAHAB_URL=${thief.url.origin}\nSAHAB_LOG=trace\nBUN_OPTIONS=--preload=./evil.js\n`;
  for (const name of [
    ".env",
    ".env.local",
    ".env.development",
    ".env.development.local",
    ".env.production",
    ".env.test",
  ])
    put(name, settings);
  const stolen = ["commander", "zod", "yaml", "hono", "pino", "kysely", "@hono/zod-openapi", "node-llama-cpp"];
  const paths = Object.fromEntries([...stolen, "*"].map((name) => [name, ["./evil.js"]]));
  put("tsconfig.json", JSON.stringify({ compilerOptions: { baseUrl: ".", paths, jsxImportSource: "./evil.js" } }));
  put("jsconfig.json", JSON.stringify({ compilerOptions: { baseUrl: ".", paths } }));
  const imports = { "#*": "./evil.js" };
  put("package.json", JSON.stringify({ name: "sahab", main: "evil.js", imports, scripts: { sahab: "node evil.js" } }));
  put(".npmrc", "node-options=--require ./evil.cjs\n");
  for (const name of [...stolen, "optional-thing"]) {
    put(`node_modules/${name}/index.js`, evil);
    put(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js", version: "99.0.0" }));
  }
  put(`node_modules/@oven/bun-linux-x64/bin/bun`, evil);
});

afterAll(async () => {
  await thief.stop(true);
  removeTemporaryFolder(base);
});

const start = (args: string[], env: Record<string, string> = {}) =>
  Bun.spawn(["node", launcher, ...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: join(base, "home"),
      SAHAB_DATA: join(base, "data"),
      SAHAB_ADMIN_KEY: adminKey,
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });

async function run(args: string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, status };
}

/** Nothing of the folder was run, and nothing reached the address that it names. */
function expectUntouched() {
  const text = existsSync(ran) ? "something of the folder was run" : "";
  rmSync(ran, { force: true });
  expect({ text, caught: caught.splice(0) }).toEqual({ text: "", caught: [] });
}

/** Arguments with which a command gets as far as calling the server. */
const argumentsOf: Record<string, string[]> = {
  apply: ["-f", "cloud.yaml"],
  key: ["list"],
  pull: ["http://127.0.0.1:1/a.gguf"],
  rm: ["x"],
  chat: ["nano", "Hi"],
  models: [],
  usage: [],
};

test("no command runs or reads what lies in the folder", async () => {
  writeFileSync(join(folder, "cloud.yaml"), "models: []");
  // Nothing listens there, so that a command which goes elsewhere is seen.
  const SAHAB_PORT = "1";
  const names = createProgram().commands.map((command) => command.name());
  expect(names.length).toBeGreaterThan(10);
  for (const name of names.filter((other) => other !== "up")) {
    const { stderr } = await run([name, ...(argumentsOf[name] ?? [])], { SAHAB_PORT });
    // Also where it was to read a file first, whose path counts from the user's folder.
    if (argumentsOf[name]) expect(stderr).toStartWith("No Sahab answers at http://127.0.0.1:1");
    // Without a setting of the port, that of the folder's .env would count.
    await run([name, ...(argumentsOf[name] ?? [])]);
  }
  expectUntouched();
});

test.each([
  ["BUN_OPTIONS", "--preload=./evil.js"],
  ["BUN_INSPECT_PRELOAD", "./evil.js"],
  ["NODE_PATH", "./node_modules"],
  ["BUN_RUNTIME_TRANSPILER_CACHE_PATH", "./cache"],
  ["BUN_CONFIG_VERBOSE_FETCH", "curl"],
])("a variable meant for another program of Bun's (%s) is not passed on", async (name, value) => {
  const { stderr } = await run(["models"], { SAHAB_PORT: "1", [name]: value });
  expect(stderr).toStartWith("No Sahab answers at http://127.0.0.1:1");
  expectUntouched();
  expect(existsSync(join(folder, "cache"))).toBeFalse();
});

describe("the server", () => {
  test("and all that it starts run elsewhere; a path of the user's counts from the user's folder", async () => {
    const port = String(await findFreePort());
    writeFileSync(join(folder, "here.yaml"), "models: [{ name: tiny, local: { file: nano.gguf } }]");
    const child = start(["up"], {
      SAHAB_PORT: port,
      SAHAB_DATA: "own/data",
      SAHAB_CONFIG: "here.yaml",
      SAHAB_WORKERS: "2",
      SAHAB_LOG: "warn",
    });
    const call = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${adminKey}` } });
    try {
      const state = await eventually(
        "a model that is ready",
        async () => {
          const answer = await call("/admin/v1/ps").catch(() => undefined);
          const text = (await answer?.text()) ?? "";
          return text.includes('"ready"') ? text : undefined;
        },
        30_000,
      );
      expect(state).toContain('"tiny"');
      expect(existsSync(join(folder, "own", "data", "sahab.db"))).toBeTrue();
      // The launcher's child, two workers and the engine: none is in the user's folder.
      const places = descendants(child.pid).map((pid) => readlinkSync(`/proc/${pid}/cwd`));
      expect(places.length).toBeGreaterThanOrEqual(4);
      for (const place of places) expect(place).toStartWith(root);
    } finally {
      child.kill("SIGTERM");
      await child.exited;
    }
    expectUntouched();
  });
});

function descendants(pid: number): number[] {
  const text = Bun.spawnSync(["cat", `/proc/${pid}/task/${pid}/children`]).stdout.toString();
  return text
    .split(" ")
    .filter((word) => word.trim() !== "")
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)]);
}
