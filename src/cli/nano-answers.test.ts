import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { parse as parseYaml } from "yaml";
import { parseCloudConfig, resolveVariables } from "../config/index.ts";
import { parseEnvironment } from "../base/environment.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { createProgram } from "./program.ts";

// This program accepts the commands, files and calls that the nano model recommends.

/** What nano already recommends although this version does not have it yet. Remove an entry when it is built. */
const ahead = {
  commands: [] as string[],
  paths: ["/compatible-mode/v1"],
};

/** Commands that nano does not know: they are newer than the text that it was trained on. */
const behind = {
  commands: [
    "status",
    "stop",
    "import",
    "balance",
    "topup",
    "adjust",
    "provider",
    "catalog",
    "connect",
    "console",
    "requests",
    "backup",
    "restore",
    "rotate",
    "login",
    "logout",
    "completion",
  ],
};

const root = join(import.meta.dir, "../..");
const answers = new Set(
  readFileSync(join(root, "models/nano/evaluation.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; answer: string })
    .filter((row) => row.kind === "sahab")
    .map((row) => row.answer),
);
const blocks = (language: string) =>
  new Set([...answers].flatMap((answer) => matches(answer, new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))));
const prose = [...answers].map((answer) => answer.replaceAll(/```.*?```/gs, ""));
const spans = [...new Set(prose.flatMap((text) => matches(text, /`([^`]+)`/g)))];

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({ config: { projects: [{ name: "default" }] } });
});
afterAll(() => sahab?.close());

test("there are answers to check", () => {
  expect(answers.size).toBeGreaterThan(200);
});

test("commands", async () => {
  const lines = spans.filter((span) => span.startsWith("npm run sahab -- ") && !span.endsWith("COMMAND"));
  expect(lines.length).toBeGreaterThan(12);
  for (const line of lines) {
    const [command = ""] = line.slice("npm run sahab -- ".length).split(" > ");
    const program = withoutActions(createProgram());
    expect(await program.parseAsync(command.split(" "), { from: "user" }).then(() => line, String)).toBe(line);
  }
  const named = prose.filter((text) => text.includes("`up`")).flatMap((text) => matches(text, /`([a-z]+)`/g));
  const known = new Set(createProgram().commands.map((command) => command.name()));
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual(ahead.commands);
  expect([...known].filter((name) => !named.includes(name))).toEqual(behind.commands);
});

function withoutActions(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  command.commands.forEach(withoutActions);
  return command;
}

test("npm's scripts and the pinned engine", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
  };
  const scripts = spans.flatMap((span) => matches(span, /\bnpm (?:run )?(start|test|sahab)\b/g));
  expect(new Set(scripts)).toEqual(new Set(["start", "test", "sahab"]));
  for (const script of scripts) expect(Object.keys(manifest.scripts)).toContain(script);
  const installs = spans.filter((span) => span.includes("npm install"));
  expect(installs).toEqual([
    `npm install --prefix ~/.sahab/engine node-llama-cpp@${manifest.dependencies["node-llama-cpp"]}`,
  ]);
});

test("variables", () => {
  const named = new Set(prose.flatMap((text) => matches(text, /\b(SAHAB_[A-Z_]+)/g)));
  expect(named.size).toBeGreaterThan(6);
  const read = new Set<string>();
  parseEnvironment(new Proxy({}, { get: (_, name) => void read.add(String(name)) }));
  expect([...named].filter((name) => !read.has(name))).toEqual([]);
  for (const [name, value] of prose
    .flatMap((text) => [...text.matchAll(/\b(SAHAB_[A-Z_]+)=([^\s`]+)/g)])
    .map((match) => match.slice(1))) {
    expect(() => parseEnvironment({ [name ?? ""]: value })).not.toThrow();
  }
});

/** The variable names that vendors' documents use for their keys. */
const vendorKeys = Object.fromEntries(
  ["DASHSCOPE", "DEEPSEEK", "ARK", "OPENAI", "XAI", "ANTHROPIC", "GEMINI"].map((name) => [`${name}_API_KEY`, "secret"]),
);

test("YAML", () => {
  const yaml = blocks("yaml");
  expect(yaml.size).toBeGreaterThan(10);
  for (const text of yaml) {
    const found = resolveVariables(parseYaml(text), { GPU_BOX_KEY: "secret", ...vendorKeys }) as Record<
      string,
      unknown
    >;
    expect(() => parseCloudConfig(whole(found)), text).not.toThrow();
  }
});

interface Whole {
  providers?: { name: string; vendor: string; base_url?: string }[];
  models?: { name: string; targets?: { provider: string }[] }[];
  projects?: { name: string; models?: string[] }[];
}

/** Completes a fragment of an answer into a document. */
function whole(found: Record<string, unknown>): Whole {
  if ("price" in found) return whole({ models: [{ name: "m", targets: [{ provider: "p", model: "x" }], ...found }] });
  if ("limits" in found) return { projects: [{ name: "p", ...found }] };
  const { providers = [], models = [], projects = [] } = found as Whole;
  const standIn = (name: string) => ({ name, vendor: "compatible", base_url: "https://vendor.example/v1" });
  const targets = models.flatMap((model) => model.targets ?? []);
  const allowed = projects.flatMap((project) => project.models ?? []);
  return {
    providers: [...providers, ...targets.map((target) => standIn(target.provider))],
    models: [...models, ...allowed.map((name) => ({ name, local: { file: "x.gguf" } }))],
    projects,
  };
}

test("paths", async () => {
  const code = [...blocks("sh"), ...blocks("python"), ...blocks("ts")].flatMap((text) =>
    matches(text, /127\.0\.0\.1:8787(\/[^\s"]*)/g),
  );
  const named = spans
    .flatMap((span) => matches(span, /^(?:[A-Z]+ )?(\/.*)$/g))
    .map((path) => path.replace("{model}", "nano"));
  // A base address is not a path that is served.
  const paths = new Set([...named, ...code].filter((path) => path !== "/v1" && path !== "/admin/v1/"));
  expect(paths.size).toBeGreaterThan(10);
  const missing = await Promise.all(
    [...paths].map(async (path) => {
      const answer = await fetch(sahab.address + path, { headers: { authorization: `Bearer ${sahab.adminKey}` } });
      return (await answer.text()).match(/is not served here|is not part of the admin API/) ? [path] : [];
    }),
  );
  expect(missing.flat().toSorted()).toEqual(ahead.paths);
});
