import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../src/testing/eventually.ts";
import { runSahab, type AdminRecord, type TestSahab } from "../src/testing/run-sahab.ts";
import type { Kit } from "../src/testing/wire/kit.ts";
import type { Agent, Place } from "./agent.ts";
import { findProblems } from "./find-problems.ts";
import { runProgram, type Ran } from "./run-program.ts";
import { startScriptedVendor, type ScriptedVendor } from "./scripted-vendor.ts";
import { refusalPrompt, secondPrompt, taskPrompt } from "./task.ts";

/** All that is known of an agent's work for one vendor. */
export interface CellFacts {
  agent: Agent;
  vendor: ScriptedVendor;
  work: string;
  task: Ran;
  /** A second prompt in the same conversation. */
  second: Ran | undefined;
  /** A prompt that the vendor refuses. */
  refused: Ran;
  records: AdminRecord[];
  log: string;
}

export interface CellResult {
  /** What is not as it must be; empty where all is well. */
  problems: string[];
  facts: CellFacts;
}

const taskMs = 150_000;
/** The vendors and models whose rules the kits' servers have: the one of chat wants thoughts back, as DeepSeek and Moonshot do. */
const standsFor: Record<string, { vendor: string; model: string }> = {
  chat: { vendor: "moonshot", model: "kimi-k2.5" },
  messages: { vendor: "anthropic", model: "claude-sonnet-4-5" },
  responses: { vendor: "openai", model: "gpt-5.4" },
  gemini: { vendor: "google", model: "gemini-3-pro-preview" },
  dashscope: { vendor: "alibaba", model: "qwen3-max" },
};
const model = "team-model";

let running: TestSahab | undefined;
// However this process ends, no server goes on without it.
process.on("exit", () => running?.signal("SIGKILL"));

/** Has an agent do the task at a vendor of the kit's dialect, through a Sahab of its own. */
export async function runCell(agent: Agent, program: string, kit: Kit, folder: string): Promise<CellResult> {
  rmSync(folder, { recursive: true, force: true });
  const [home, work, temporary] = ["home", "work", "tmp"].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [home, work, temporary]) mkdirSync(path, { recursive: true });
  const vendor = startScriptedVendor(kit, agent, work);
  let sahab: TestSahab | undefined;
  try {
    sahab = await runSahab({ config: configOf(kit, vendor.url) });
    running = sahab;
    const place: Place = { home, model };
    for (const [path, text] of Object.entries(agent.files ?? {})) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    const connected = await sahab.command(["connect", agent.connect, "--write", "--model", model], {
      env: { HOME: home },
    });
    if (connected.status !== 0) throw new Error(`sahab connect: ${connected.stdout}${connected.stderr}`);
    const env = { ...environment(home, temporary), ...agent.env };
    const run = (args: string[]) => runProgram([program, ...args], { cwd: work, env, limitMs: taskMs });
    const task = await run(agent.run(taskPrompt, place));
    const second = agent.goOn && (await run(agent.goOn(secondPrompt, place)));
    const refused = await run(agent.run(refusalPrompt, place));
    const records = await recordsOf(sahab, vendor);
    const facts = { agent, vendor, work, task, second, refused, records, log: sahab.logs() };
    return { problems: findProblems(facts), facts };
  } finally {
    await sahab?.close();
    running = undefined;
    await vendor.stop();
  }
}

/** Names that agents ask for besides the one that they are told lead to the same model. */
function configOf(kit: Kit, url: string): object {
  const { vendor, model: theirs } = standsFor[kit.api] ?? { vendor: "compatible", model: "scripted" };
  const target = { provider: "scripted", model: theirs };
  const others = ["gemini-*", "claude-*", "gpt-*"];
  return {
    providers: [{ name: "scripted", vendor, base_url: url, apis: [kit.api], api_key: "sk-vendor" }],
    models: [{ name: model, targets: [target], price: { currency: "USD", input: 1, cached_input: 0.5, output: 3 } }],
    aliases: Object.fromEntries(others.map((name) => [name, model])),
    projects: [{ name: "default" }],
  };
}

/** None of the tester's own variables, but the way to programs. */
function environment(home: string, temporary: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    TMPDIR: temporary,
    USER: "tester",
    LANG: "C.UTF-8",
    TERM: "dumb",
    NO_COLOR: "1",
    DO_NOT_TRACK: "1",
  };
}

/** The ledger's records, once there is one for all that the vendor answered. */
async function recordsOf(sahab: TestSahab, vendor: ScriptedVendor): Promise<AdminRecord[]> {
  const answered = vendor.requests.filter(({ outcome }) => outcome === "answered").length;
  let records: AdminRecord[] = [];
  try {
    await eventually("the records", async () => {
      records = await sahab.records();
      return records.filter(({ outcome }) => outcome === "ok").length >= answered;
    });
  } catch {
    // What is missing is told with all else.
  }
  return records;
}
