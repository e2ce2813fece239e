import { Database } from "bun:sqlite";
import { join } from "node:path";
import { must } from "../../base/assert.ts";
import {
  chatEvents,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  usageEvent,
  type Script,
  type VendorCall,
} from "../fake-vendor.ts";
import { runSahab, type TestSahab } from "../run-sahab.ts";
import { exampleConversation } from "./example-conversation.ts";

/** A Sahab as a team has it after a month. */
export interface ExampleCloud {
  sahab: TestSahab;
  /** Of a request that failed over, and of one that was refused. */
  failedOver: string;
  refused: string;
  conversation: string;
  close(): Promise<void>;
}

const dayMs = 86_400_000;
/** A month, and the one before, with which it is compared. */
const days = 60;

/** Prices are those per million tokens. `used` are the tokens of a usual request. */
const models = [
  { name: "gpt-5-mini", providers: ["openai"], input: 0.25, cached: 0.025, output: 2, used: [9_900, 2_500] },
  {
    name: "claude-sonnet",
    providers: ["anthropic", "bedrock"],
    input: 3,
    cached: 0.3,
    output: 15,
    used: [22_000, 2_950],
  },
  { name: "deepseek-chat", providers: ["deepseek"], input: 0.28, cached: 0.028, output: 0.42, used: [27_600, 3_300] },
  { name: "qwen3-max", providers: ["alibaba"], input: 1.2, cached: 0.12, output: 6, used: [15_300, 3_700] },
] as const;
type ModelName = (typeof models)[number]["name"];

const projects = [
  { name: "default" },
  {
    name: "search",
    budget: [
      { amount: 150, period: "month" },
      { amount: 12, period: "day", soft: true },
    ],
  },
  { name: "support", budget: { amount: 60, period: "month" } },
  { name: "research", budget: { amount: 250, period: "month" } },
  { name: "prototypes", budget: { amount: "0.01", period: "month" } },
];

/** Who asks which model how often on a working day. */
const uses: { key: string; project: string; daily: [ModelName, number][] }[] = [
  {
    key: "ci-runner",
    project: "default",
    daily: [
      ["gpt-5-mini", 20],
      ["deepseek-chat", 6],
    ],
  },
  {
    key: "搜索服务",
    project: "search",
    daily: [
      ["qwen3-max", 35],
      ["deepseek-chat", 22],
      ["claude-sonnet", 6],
    ],
  },
  {
    key: "فريق الدعم",
    project: "support",
    daily: [
      ["gpt-5-mini", 45],
      ["claude-sonnet", 15],
    ],
  },
  {
    key: "Lin's notebook",
    project: "research",
    daily: [
      ["claude-sonnet", 30],
      ["qwen3-max", 8],
    ],
  },
];

/** Starts it, with usage that was copied from real requests. At `port`, or at any that is free. */
export async function startExampleCloud(port?: number): Promise<ExampleCloud> {
  const vendor = startFakeVendor({
    ...Object.fromEntries(models.map(({ name, used }) => [name, answer(used)])),
    overloaded: async (call) => {
      if (!isShort(call)) return answer(models[1].used)(call);
      await Bun.sleep(240);
      return errorAnswer(503, { message: "The service is overloaded", code: "overloaded" });
    },
  });
  const providers = [...new Set(models.flatMap((model) => model.providers as readonly string[]))];
  const sahab = await runSahab({ env: { SAHAB_PORT: String(port ?? 0) } });
  const close = async () => {
    await sahab.close();
    await vendor.stop();
  };
  try {
    const builtIn = await sahab.adminJson<{ models: { name: string; file: string }[] }>("/models");
    const { file } = must(
      builtIn.models.find(({ name }) => name === "nano"),
      "nano comes with Sahab",
    );
    await sahab.apply({
      providers: providers.map((name) => ({ name, vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" })),
      models: [
        { name: "nano", local: { file } },
        ...models.map(({ name, providers: from, input, cached, output }) => ({
          name,
          targets: from.map((provider, priority) => ({
            provider,
            model: provider === "anthropic" ? "overloaded" : name,
            priority: priority + 1,
          })),
          price: { currency: "USD", input, cached_input: cached, output },
        })),
      ],
      projects,
    });
    const ask = async (key: string, model: ModelName, content = "Hello", more: object = {}) => {
      const body = { model, stream: true, max_tokens: 2_000, messages: [{ role: "user", content }], ...more };
      const response = await sahab.call("/v1/chat/completions", body, { key });
      await response.text();
      return response.headers.get("x-request-id") ?? "";
    };
    const keys = await Promise.all(
      uses.map(async ({ key: name, project, daily }) => ({ ...(await sahab.createKey({ name, project })), daily })),
    );
    const samples = await Promise.all(
      keys.flatMap(({ key, daily }) => daily.map(async ([model, count]) => ({ id: await ask(key, model), count }))),
    );
    for (const { id } of samples) await sahab.record(id);
    await sahab.kill();
    fillMonth(sahab.dataDir, samples);
    await sahab.start();

    const prototype = await sahab.createKey({ name: "hackathon", project: "prototypes" });
    const refused = await ask(prototype.key, "claude-sonnet", "Write a game", { max_tokens: 60_000 });
    const conversation = await exampleConversation(sahab);
    await Promise.all(keys.map(({ key, daily: [first] }) => ask(key, must(first, "each key is used")[0])));
    const failedOver = await ask(must(keys[2], "there are four").key, "claude-sonnet", "Summarise the ticket", {
      user: "anna",
      metadata: { team: "support" },
    });
    await Promise.all([refused, failedOver].map((id) => sahab.record(id)));
    return { sahab, failedOver, refused, conversation, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function answer(used: readonly [number, number]): Script {
  return (call) => {
    const [input, output] = isShort(call) ? [2_150, 164] : used;
    const usage = {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      prompt_tokens_details: { cached_tokens: Math.round(input * 0.4) },
    };
    const events = [...chatEvents(["The ", "answer ", "to ", "it", "."]), usageEvent(usage), doneEvent];
    return streamOf(events, { paceMs: 60 })(call);
  };
}

/** The request that fails over: it takes few tokens, so that its speed is one that models have. */
function isShort({ text }: VendorCall): boolean {
  return text.includes("Summarise");
}

/** Adds copies of these requests to the database of a Sahab that does not run, `count` of each on a working day, and moves the budgets by them. */
function fillMonth(dataDir: string, samples: { id: string; count: number }[]): void {
  const database = new Database(join(dataDir, "sahab.db"));
  const random = randomNumbers();
  const nowMs = Date.now();
  const perRow = /tokens$|^cost$|_cost$/;
  try {
    database.transaction(() => {
      for (const [at, { id, count }] of samples.entries()) {
        type Row = Record<string, string | number | null>;
        const sample = must(
          database.query<Row, [string]>("SELECT * FROM usage WHERE id = ?").get(id),
          "it has a record",
        );
        const names = Object.keys(sample);
        const insert = database.query(
          `INSERT INTO usage (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
        );
        for (let day = 0; day < days; day++) {
          const weekday = new Date(nowMs - day * dayMs).getUTCDay();
          const load = (weekday === 0 || weekday === 6 ? 0.3 : 1) * (1 - day / 150) * (0.8 + random() * 0.4);
          for (let i = 0; i < count * load; i++) {
            const size = 0.3 + random() * random() * 3;
            const row: Row = {
              ...sample,
              id: `${id.slice(0, -6)}${at}${String(day).padStart(2, "0")}${String(i).padStart(3, "0")}`,
              time: Math.round(nowMs - (day + random()) * dayMs),
              latency_ms: Math.round(700 + random() * 5_000 * size),
              first_token_ms: Math.round(250 + random() * 400),
            };
            for (const name of names)
              if (perRow.test(name) && row[name] !== null) row[name] = Math.round(Number(row[name]) * size);
            insert.run(...Object.values(row));
          }
        }
      }
      database.run("UPDATE usage_upkeep SET filled = 0");
      database.run(
        `UPDATE meters SET spent = (SELECT coalesce(sum(cost), 0) FROM usage
         WHERE account = 'project:' || project AND time >= start_ms AND time < end_ms) WHERE measure = 'budget'`,
      );
    })();
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** Numbers from 0 to 1, the same each time. */
function randomNumbers(): () => number {
  let state = 42;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
