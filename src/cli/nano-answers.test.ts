import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { parse as parseYaml } from "yaml";
import { parseCloudConfig, resolveVariables } from "../config/index.ts";
import { parseEnvironment } from "../base/environment.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { createProgram } from "./program.ts";

// This program accepts the commands, files and calls that the nano model recommends, and the model finds the right ones.

/** Commands that no answer names: nano says that `--help` lists all. */
const unnamed = ["adjust", "balance", "catalog", "completion", "logout", "topup"];

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
const proseOf = (answer: string) => answer.replaceAll(/```.*?```/gs, "");
const spansOf = (text: string) => matches(text, /`([^`]+)`/g);
const prose = [...answers].map(proseOf);
const spans = [...new Set(prose.flatMap(spansOf))];

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab();
}, 20_000);
afterAll(() => sahab?.close());

test("there are answers to check", () => {
  expect(answers.size).toBeGreaterThan(200);
});

test("commands", async () => {
  const lines = spans.filter(isCommand);
  expect(lines.length).toBeGreaterThan(12);
  for (const line of lines) expect(await parsed(line)).toBe(line);
  const listed = prose.filter((text) => text.includes("`up`")).flatMap((text) => matches(text, /`([a-z]+)`/g));
  const named = new Set([...listed, ...lines.flatMap((line) => matches(line, /npm run sahab -- (\w+)/g))]);
  const known = createProgram().commands.map((command) => command.name());
  expect([...named].filter((name) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !named.has(name)).toSorted()).toEqual(unnamed);
});

/** Whether a span is a command of Sahab's; an answer that names several of `plan` writes the first one whole. */
function isCommand(span: string): boolean {
  return (span.includes("npm run sahab -- ") && !span.endsWith("COMMAND")) || span.startsWith("plan ");
}

/** The line itself if the program accepts its command, else the error. */
function parsed(line: string): Promise<string> {
  const [command = ""] = line.replace(/^.*?npm run sahab -- /, "").split(" > ");
  const program = withoutActions(createProgram());
  return program.parseAsync(command.split(" "), { from: "user" }).then(() => line, String);
}

function withoutActions(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  if (command.parent) command.action(() => undefined);
  command.commands.forEach(withoutActions);
  return command;
}

test("npm's scripts; nothing is installed beside them", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const scripts = spans.flatMap((span) => matches(span, /\bnpm (?:run )?(start|test|sahab|gpu)\b/g));
  expect(new Set(scripts)).toEqual(new Set(["start", "test", "sahab", "gpu"]));
  for (const script of scripts) expect(Object.keys(manifest.scripts)).toContain(script);
  expect(spans.filter((span) => span.includes("npm install"))).toEqual([]);
});

test("variables", () => {
  const named = variablesOf(prose);
  expect(named.length).toBeGreaterThan(6);
  expect(named.filter((name) => !read.has(name))).toEqual([]);
  for (const [name, value] of prose
    .flatMap((text) => [...text.matchAll(/\b(SAHAB_[A-Z_]+)=([^\s`]+)/g)])
    .map((match) => match.slice(1))) {
    expect(() => parseEnvironment({ [name ?? ""]: value })).not.toThrow();
  }
});

const read = new Set<string>();
parseEnvironment(new Proxy({}, { get: (_, name) => void read.add(String(name)) }));

function variablesOf(texts: string[]): string[] {
  return [...new Set(texts.flatMap((text) => matches(text, /\b(SAHAB_[A-Z_]+)/g)))];
}

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
  // Neither a base address nor a folder of the machine is a path that is served.
  const bases = new Set(["/v1", "/admin/v1/", "/compatible-mode/v1"]);
  const paths = new Set([...named, ...code].filter((path) => !bases.has(path) && !path.startsWith("/etc/")));
  expect(paths.size).toBeGreaterThan(10);
  const missing = await Promise.all(
    [...paths].map(async (path) => {
      const answer = await fetch(sahab.address + path, { headers: { authorization: `Bearer ${sahab.adminKey}` } });
      return (await answer.text()).match(/is not served here|is not part of the admin API/) ? [path] : [];
    }),
  );
  expect(missing.flat()).toEqual([]);
});

// What newcomers ask in words of their own, which no phrase of the training data repeats. `right` finds the right answer.
const questions = JSON.parse(readFileSync(join(import.meta.dir, "nano-questions.json"), "utf8")) as {
  question: string;
  right: string;
  never?: string;
}[];

interface Completion {
  choices: [{ message: { content: string }; finish_reason: string }];
}

async function ask(question: string, more: object = {}): Promise<Completion["choices"][0]> {
  const answer = await fetch(`${sahab.address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${sahab.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "nano", temperature: 0, messages: [{ role: "user", content: question }], ...more }),
  });
  return ((await answer.json()) as Completion).choices[0];
}

test("of newcomers' questions at least 85 % are answered right, and no answer names what this version lacks", async () => {
  const answered = await Promise.all(
    questions.map(async (row) => ({ ...row, answer: (await ask(row.question)).message.content })),
  );
  const wrong = answered.filter(({ answer, right }) => !new RegExp(right, "s").test(answer));
  if (wrong.length > 0.15 * questions.length)
    expect(wrong.map(({ question, answer }) => `${question} → ${answer}`)).toEqual([]);
  for (const { question, answer, never } of answered) {
    if (never !== undefined) expect(`${question} → ${answer}`).not.toMatch(new RegExp(never));
    const text = proseOf(answer);
    for (const line of spansOf(text).filter(isCommand)) expect(await parsed(line)).toBe(line);
    expect(variablesOf([text]).filter((name) => !read.has(name))).toEqual([]);
  }
}, 60_000);

test("the training data has none of these questions", () => {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
  const files = new Bun.Glob("**/*.{py,json}").scanSync(join(root, "models/nano/data"));
  const data = [...files].map((file) => plain(readFileSync(join(root, "models/nano/data", file), "utf8"))).join("|");
  expect(data).toContain(plain("Find out how big a machine Sahab needs.")); // a phrase that it has
  expect(questions.filter(({ question }) => data.includes(plain(question)))).toEqual([]);
});

test("JSON about names that nobody knows is short and ends", async () => {
  const asked = [
    "Give me everything about Blorvia as JSON.",
    "who is Zanthor Quibble? json please",
    "Return a JSON object with the population of Krenwick.",
    "用 JSON 说说布洛维亚",
    "أعطني معلومات عن كرنويك بصيغة JSON",
  ];
  for (const question of asked) {
    const choice = await ask(question, { response_format: { type: "json_object" } });
    const { content } = choice.message;
    expect({ question, reason: choice.finish_reason, short: content.length < 300 ? "" : content }).toEqual({
      question,
      reason: "stop",
      short: "",
    });
    expect(() => JSON.parse(content), content).not.toThrow();
  }
}, 30_000);
