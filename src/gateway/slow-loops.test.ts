import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../base/limits.ts";
import { messages as messagesAnswer } from "../testing/fake-anthropic.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Coding agents that go round in a circle, as they would against the running program.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let otherKey: string;

beforeAll(async () => {
  const base_url = "http://127.0.0.1";
  vendor = startFakeVendor({
    m: (call) => (call.path.endsWith("/messages") ? messagesAnswer(["Hi"]) : chat(["Hi"]))(call),
  });
  sahab = await runSahab({
    config: {
      providers: [{ name: "v", vendor: "compatible", base_url: `${base_url}:${vendor.port}/v1` }],
      models: [{ name: "m", targets: [{ provider: "v", model: "m" }], price: "free" }],
      projects: [{ name: "default" }, { name: "free", slow_loops: false }],
    },
  });
  key = (await sahab.createKey()).key;
  otherKey = (await sahab.createKey()).key;
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const bodies: Record<string, object> = {
  "/v1/chat/completions": { model: "m", messages: [{ role: "user", content: "Summarise." }] },
  "/v1/messages": { model: "m", max_tokens: 5, messages: [{ role: "user", content: "Summarise." }] },
  "/v1/responses": { model: "m", store: false, input: "Summarise." },
};

async function ask(path: string, headers: Record<string, string>, apiKey = key): Promise<Response> {
  return await fetch(sahab.address + path, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(bodies[path]),
  });
}

/** Answers by their status; the last one whole. */
async function askOften(path: string, headers: Record<string, string>, count: number, apiKey = key) {
  const statuses: number[] = [];
  let last: Response | undefined;
  let text = "";
  for (let sent = 0; sent < count; sent++) {
    last = await ask(path, headers, apiKey);
    text = await last.text();
    statuses.push(last.status);
  }
  return { statuses, headers: last?.headers, text };
}

const most = limits.sessionRepeatsMax;
const opencode = (session: string) => ({ "user-agent": "opencode/1.18.9 ai-sdk/5", "x-session-affinity": session });

test.each<[string, string, Record<string, string>, object]>([
  [
    "opencode",
    "/v1/chat/completions",
    opencode("ses_1"),
    { error: { code: "rate_limit_exceeded", type: "rate_limit_error" } },
  ],
  [
    "Claude Code",
    "/v1/messages",
    {
      "user-agent": "claude-cli/2.1.3 (external, cli)",
      "x-claude-code-session-id": "ses_2",
      "x-claude-code-agent-id": "a",
    },
    { type: "error", error: { type: "rate_limit_error" } },
  ],
  [
    "Codex",
    "/v1/responses",
    { "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64)", "session-id": "ses_3", "thread-id": "ses_3" },
    { error: { code: "rate_limit_exceeded" } },
  ],
])("%s is slowed by name, in its dialect, and others are not", async (program, path, headers, shape) => {
  const { statuses, headers: told, text } = await askOften(path, headers, most + 1);
  expect(statuses).toEqual([...Array<number>(most).fill(200), 429]);
  const body = JSON.parse(text) as { error: { message: string } };
  expect(body).toMatchObject(shape);
  const session = Object.values(headers)[1] ?? "";
  expect(body.error.message).toStartWith(
    `${program} session ${session} sent ${most + 1} requests in two minutes, which looks like a loop; it may send one each 5 s until it goes round no longer, or rests for 30 s. To end it, `,
  );
  expect(told?.get("retry-after")).toMatch(/^[1-5]$/);
  // Further ones are refused, and told of no more in the log.
  expect((await ask(path, headers)).status).toBe(429);
  await sahab.logged("looks like a loop", session);
  const lines = sahab
    .logs()
    .split("\n")
    .filter((line) => line.includes("looks like a loop") && line.includes(session));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(program);
  expect(lines[0]).not.toContain("Summarise");
  // Another session, sub-agent, key or program is not.
  const [agentHeader = "", sessionHeader = ""] = Object.keys(headers);
  expect((await ask(path, { ...headers, [sessionHeader]: "another" })).status).toBe(200);
  expect((await ask(path, headers, otherKey)).status).toBe(200);
  expect((await ask(path, { ...headers, [agentHeader]: "my-script/1.0" })).status).toBe(200);
  const record = await sahab.record(told?.get("x-request-id") ?? "");
  expect(record).toMatchObject({ status: 429, outcome: "rate_limit_exceeded", model: "m", attempts: 0, cost: "0" });
});

test("the program is named with what mends it", async () => {
  const { text } = await askOften("/v1/chat/completions", opencode("ses_4"), most + 1);
  expect(text).toContain("give its model a `limit` (context and output, as /v1/models has them) in opencode.json");
  expect(text).toContain("`slow_loops: false` of project default");
});

test("a project may let all through, and a script its thousand requests of one session", async () => {
  const { key: free } = await sahab.createKey({ project: "free" });
  const { statuses } = await askOften("/v1/chat/completions", opencode("ses_5"), most + 5, free);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const script = await askOften(
    "/v1/chat/completions",
    { "x-sahab-session": "nightly", "user-agent": "eval/1" },
    most + 5,
  );
  expect(new Set(script.statuses)).toEqual(new Set([200]));
});
