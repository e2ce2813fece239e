import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  messages as answerOf,
  messagesError,
  messagesTokenCount,
  messagesWhole,
} from "../../testing/fake-anthropic.ts";
import { chat, startFakeVendor, type FakeVendor, type Script, type VendorCall } from "../../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../../testing/run-sahab.ts";

// What Claude Code relies on beyond the model's answers: its probes, its lists, its headers and fields, the turns of the system between
// others, and errors in the words that it knows. Checked against version 2.1.197 in November 2026.

const session = "11111111-2222-4333-8444-555555555555";
const userId = JSON.stringify({ device_id: "d".repeat(64), account_uuid: "", session_id: session });
const betas = "claude-code-20250219,interleaved-thinking-2025-05-14,made-up-2027-01-01";
const headers = {
  "user-agent": "claude-cli/2.1.197 (external, sdk-cli)",
  "x-app": "cli",
  "anthropic-version": "2023-06-01",
  "anthropic-beta": betas,
  "x-claude-code-session-id": session,
  "x-claude-code-agent-id": "agent-1",
  "x-stainless-lang": "js",
};

/** Anthropic's own, or one that is like it and takes no system between turns. */
const strict: Script = (call) => {
  const turns = call.body["messages"] as { role: string }[];
  const odd = turns.findIndex(({ role }) => role !== "user" && role !== "assistant");
  if (odd !== -1)
    return messagesError(400, "invalid_request_error", `messages[${odd}].role: unknown variant \`system\``);
  return call.path.endsWith("/count_tokens") ? messagesTokenCount(7)(call) : messagesWhole()(call);
};
const tooLong: Script = () =>
  messagesError(
    400,
    "invalid_request_error",
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
  );

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const price = { currency: "USD", input: 1, output: 2 };
const models: Record<string, { provider: string; script: Script }> = {
  "claude-opus-4-8": { provider: "ant", script: answerOf(["Hello"]) },
  "claude-sonnet-4-5": { provider: "ant", script: strict },
  "deepseek-x": { provider: "deepseek", script: strict },
  "glm-x": { provider: "glm", script: strict },
  "qwen-x": { provider: "qwen", script: strict },
  "kimi-x": { provider: "kimi", script: strict },
  "local-x": { provider: "like", script: strict },
  "deepseek-long": { provider: "deepseek", script: tooLong },
  "chat-x": { provider: "chat", script: chat(["Hello"]) },
  "grok-x": { provider: "grok", script: chat(["Hello"]) },
};

beforeAll(async () => {
  vendor = startFakeVendor(Object.fromEntries(Object.entries(models).map(([name, { script }]) => [name, script])));
  const base = `http://127.0.0.1:${vendor.port}`;
  const account = (name: string, of: string, more: object = {}) => ({
    name,
    vendor: of,
    base_url: base,
    api_key: "vendor-key",
    ...more,
  });
  const onlyMessages = { apis: ["messages"] };
  sahab = await runSahab({
    env: { SAHAB_HOST: "127.0.0.1" },
    config: {
      providers: [
        account("ant", "anthropic"),
        account("deepseek", "deepseek", onlyMessages),
        account("glm", "zhipu", onlyMessages),
        account("qwen", "alibaba", onlyMessages),
        account("kimi", "moonshot", onlyMessages),
        account("like", "compatible", onlyMessages),
        account("chat", "compatible"),
        account("grok", "xai", { base_url: `${base}/v1`, apis: ["chat"] }),
      ],
      models: Object.entries(models).map(([name, { provider }]) => ({
        name,
        targets: [{ provider, model: name }],
        price,
      })),
      aliases: { "claude-sonnet-9": "chat-x", "claude-haiku-9": "deepseek-x", "claude-*": "chat-x" },
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const ask = (body: unknown, more: Record<string, string> = {}, path = "/v1/messages?beta=true") =>
  sahab.call(path, body, { key, headers: { ...headers, ...more } });

function lastCall(model: string): VendorCall {
  const call = vendor.callsFor(model).at(-1);
  if (!call) throw new Error(`the vendor was not called for ${model}`);
  return call;
}

/** All that comes back for the text of a request, until the server closes the connection. */
function exchange(text: string): Promise<string> {
  const { port, hostname } = new URL(sahab.address);
  return new Promise((resolve, reject) => {
    let all = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on("data", (bytes: Buffer) => (all += bytes.toString("latin1")));
    socket.on("close", () => resolve(all));
    socket.on("error", reject);
  });
}

const system = [
  { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.197" },
  { type: "text", text: "You are Claude Code", cache_control: { type: "ephemeral", ttl: "1h" } },
];
const tools = [
  { name: "Write", description: "Writes. ".repeat(8_000), input_schema: { type: "object", properties: {} } },
];
const turns = [
  { role: "user", content: [{ type: "text", text: "Hi" }] },
  { role: "system", content: "The skills are: none" },
  { role: "assistant", content: [{ type: "text", text: "Ho" }] },
  { role: "user", content: "Well?" },
  { role: "system", content: [{ type: "text", text: "Now French", cache_control: { type: "ephemeral" } }] },
];
const request = (model: string, more: object = {}) => ({
  model,
  max_tokens: 64,
  system,
  tools,
  messages: turns,
  ...more,
});

describe("probes", () => {
  for (const host of ["127.0.0.1", "sahab.example.com"])
    for (const path of ["/", "/api/hello", "//"])
      test(`HEAD ${path} at ${host} is answered at once, without a key or a body`, async () => {
        const before = performance.now();
        const answer = await exchange(`HEAD ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 404 /);
        expect(answer).toEndWith("\r\n\r\n");
        expect(performance.now() - before).toBeLessThan(1_000);
      });

  test("what is no probe keeps its host check", async () => {
    for (const start of ["GET /", "HEAD /admin", "HEAD /metrics"])
      expect(await exchange(`${start} HTTP/1.1\r\nHost: sahab.example.com\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 403 /,
      );
  });
});

describe("lists of models", () => {
  const list = async (query = "", more: Record<string, string> = {}) => {
    const response = await fetch(`${sahab.address}/v1/models${query}`, {
      headers: { authorization: `Bearer ${key}`, "user-agent": "claude-code/2.1.197", ...more },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const idsOf = ({ body }: Awaited<ReturnType<typeof list>>) => (body["data"] as { id: string }[]).map(({ id }) => id);

  test("have Anthropic's form by the program's name or the version, and aliases among them", async () => {
    for (const more of [
      {},
      { "user-agent": "x", "anthropic-version": "2023-06-01" },
      { "user-agent": "claude-cli/3.0" },
    ]) {
      const { status, body } = await list("?limit=1000", more);
      expect(status).toBe(200);
      expect(body).toMatchObject({ has_more: false, first_id: "claude-opus-4-8" });
      const data = body["data"] as Record<string, unknown>[];
      expect(data.find(({ id }) => id === "claude-sonnet-9")).toEqual({
        type: "model",
        id: "claude-sonnet-9",
        display_name: "claude-sonnet-9",
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
    }
    const { body } = await list("", { "user-agent": "opencode/1.0" });
    expect(body).toMatchObject({ object: "list" });
  });

  test("a name with a * is no model, so that it is not listed, and leads to one all the same", async () => {
    expect(idsOf(await list()).filter((id) => id.includes("*"))).toEqual([]);
    const response = await ask(request("claude-anything-7"));
    expect({ status: response.status, text: await response.text() }).toMatchObject({ status: 200 });
  });

  test("come in pages, in both directions", async () => {
    const all = idsOf(await list());
    const [first = "", second = "", third = ""] = all;
    const page = async (query: string) => {
      const found = await list(query);
      return {
        ids: idsOf(found),
        more: found.body["has_more"],
        first: found.body["first_id"],
        last: found.body["last_id"],
      };
    };
    expect(await page("?limit=2")).toEqual({ ids: [first, second], more: true, first, last: second });
    expect(await page(`?limit=1&after_id=${second}`)).toEqual({ ids: [third], more: true, first: third, last: third });
    expect(await page(`?limit=1&before_id=${third}`)).toEqual({
      ids: [second],
      more: true,
      first: second,
      last: second,
    });
    expect(await page(`?before_id=${third}`)).toEqual({ ids: [first, second], more: false, first, last: second });
    expect(await page(`?after_id=${all.at(-1)}`)).toEqual({ ids: [], more: false, first: null, last: null });
  });

  test.each(["?limit=0", "?limit=1001", "?limit=x", "?limit=-1", "?after_id=nobody", "?after_id=a&before_id=b"])(
    "%s is refused by name",
    async (query) => {
      const { status, body } = await list(query);
      expect(status).toBe(400);
      expect(body).toMatchObject({ type: "error", error: { type: "invalid_request_error", code: "invalid_request" } });
    },
  );
});

describe("at Anthropic", () => {
  const fields = {
    stream: true,
    thinking: { type: "adaptive" },
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    output_config: { effort: "high" },
    diagnostics: { previous_message_id: null },
    metadata: { user_id: userId },
    some_new_field: [1e2, { a: null }],
  };

  test("every byte of the body arrives, and the betas as they came", async () => {
    const text = JSON.stringify(request("claude-opus-4-8", fields));
    const response = await ask(text);
    await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("x-sahab-dropped")).toBeNull();
    const call = lastCall("claude-opus-4-8");
    expect(call.text).toBe(text);
    expect(call.headers.get("anthropic-beta")).toBe(betas);
    expect(call.headers.get("anthropic-version")).toBe("2023-06-01");
  });

  test("betas in several lines are one list", async () => {
    const body = JSON.stringify(request("claude-opus-4-8"));
    const head = [
      "POST /v1/messages?beta=true HTTP/1.1",
      "Host: 127.0.0.1",
      `Authorization: Bearer ${key}`,
      "anthropic-beta: a-1",
      "Anthropic-Beta:  b-2, c-3",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
    ];
    expect(await exchange(`${head.join("\r\n")}\r\n\r\n${body}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(lastCall("claude-opus-4-8").headers.get("anthropic-beta")).toBe("a-1, b-2, c-3");
  });

  test("an older model gets the system's turns as the user's, and nothing else is changed", async () => {
    const response = await ask(request("claude-sonnet-4-5", fields));
    expect({ status: response.status, text: await response.text() }).toMatchObject({ status: 200 });
    const { messages: sent, ...others } = lastCall("claude-sonnet-4-5").body;
    const { messages: _, ...asked } = request("claude-sonnet-4-5", fields);
    expect(others).toEqual(asked);
    expect(sent).toEqual(foldedTurns);
  });
});

const mark = (text: string) => ({ type: "text", text });
const foldedTurns = [
  turns[0],
  { role: "user", content: "<system-reminder>\nThe skills are: none\n</system-reminder>" },
  turns[2],
  turns[3],
  {
    role: "user",
    content: [
      mark("<system-reminder>\n"),
      { type: "text", text: "Now French", cache_control: { type: "ephemeral" } },
      mark("\n</system-reminder>"),
    ],
  },
];

describe("at vendors that are like Anthropic", () => {
  test.each(["deepseek-x", "glm-x", "qwen-x", "kimi-x", "local-x"])(
    "%s gets no system between turns",
    async (model) => {
      for (const path of ["/v1/messages?beta=true", "/v1/messages/count_tokens?beta=true"]) {
        const { max_tokens: _, ...counted } = request(model);
        const response = await ask(path.includes("count") ? counted : request(model), {}, path);
        expect({ status: response.status, text: await response.text() }).toMatchObject({ status: 200 });
        expect(lastCall(model).body["messages"]).toEqual(foldedTurns);
        expect(lastCall(model).body["system"]).toEqual(system);
      }
    },
  );

  test("a large request is changed alike", async () => {
    const filler = { role: "user", content: "y".repeat(1_500_000) };
    const reply = { role: "assistant", content: "z" };
    const response = await ask(request("deepseek-x", { messages: [filler, reply, ...turns] }));
    expect(response.status).toBe(200);
    await response.text();
    expect(lastCall("deepseek-x").body["messages"]).toEqual([filler, reply, ...foldedTurns]);
  });

  test("a prompt that is too long is said in Anthropic's words, with the vendor's behind them", async () => {
    const response = await ask(request("deepseek-long"));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: "error",
      error: {
        type: "invalid_request_error",
        code: "context_length_exceeded",
        message: expect.stringMatching(
          /^prompt is too long: 9000 tokens > 8192 maximum \(Provider deepseek: This model's/,
        ),
      },
    });
  });
});

describe("at vendors of another dialect", () => {
  test("the system's turns are the user's where a template may refuse them, and stay where roles may come in any order", async () => {
    for (const [model, later] of [
      ["chat-x", "user"],
      ["grok-x", "system"],
    ] as const) {
      const response = await ask(request(model, { stream: true }));
      expect(response.status).toBe(200);
      await response.text();
      const sent = lastCall(model).body["messages"] as { role: string; content: unknown }[];
      const roles = sent.map(({ role }) => role);
      expect(roles).toEqual(
        later === "user"
          ? ["system", "user", "assistant", "user"]
          : ["system", "user", "system", "assistant", "user", "system"],
      );
      expect(JSON.stringify(sent)).toContain(later === "user" ? "<system-reminder>" : "The skills are: none");
    }
  });

  test("the descriptions of tools arrive whole, and what only Anthropic has is dropped by name", async () => {
    const response = await ask(
      request("chat-x", {
        context_management: { edits: [] },
        diagnostics: {},
        metadata: { user_id: userId },
        speed: "fast",
      }),
    );
    expect(response.status).toBe(200);
    const dropped = response.headers.get("x-sahab-dropped")?.split(",") ?? [];
    expect(dropped).toEqual(expect.arrayContaining(["context_management", "diagnostics", "metadata", "speed"]));
    const [tool] = lastCall("chat-x").body["tools"] as { function: { description: string } }[];
    expect(tool?.function.description).toBe(tools[0]?.description as string);
  });
});

test("no vendor gets the headers of the session, and none but Anthropic's like the betas", async () => {
  for (const model of Object.keys(models)) {
    await (await ask(request(model))).text();
    const sent = [...lastCall(model).headers.keys()];
    expect(sent.filter((name) => /claude-code|stainless|x-app/.test(name))).toEqual([]);
    expect(sent.includes("anthropic-beta")).toBe(!model.startsWith("chat") && !model.startsWith("grok"));
  }
});

test("a conversation is named by its session, in a large request too", async () => {
  const nameOf = async (more: object, own: Record<string, string> = {}) => {
    await (await ask(request("grok-x", more), own)).text();
    return lastCall("grok-x").headers.get("x-grok-conv-id");
  };
  const first = await nameOf({});
  const large = [{ role: "user", content: "y".repeat(300_000) }];
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(await nameOf({ messages: large })).toBe(first as string);
  expect(await nameOf({}, { "x-claude-code-session-id": "another" })).not.toBe(first);
});
