import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { eventually } from "../testing/eventually.ts";
import { messagesWhole } from "../testing/fake-anthropic.ts";
import { geminiText } from "../testing/fake-gemini.ts";
import {
  errorAnswer,
  startFakeVendor,
  vendorUsage,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Whom requests are for, as official SDKs and coding agents say it, in records and reports; the vendor gets what it got before.

const answers: Record<string, object> = {
  completions: {
    id: "cmpl-1",
    object: "text_completion",
    created: 1,
    model: "m",
    choices: [{ text: "Hi", index: 0, finish_reason: "stop", logprobs: null }],
    usage: vendorUsage,
  },
  embeddings: {
    object: "list",
    model: "m",
    data: [{ object: "embedding", index: 0, embedding: [0.5] }],
    usage: { prompt_tokens: 3, total_tokens: 3 },
  },
  responses: {
    id: "resp_1",
    object: "response",
    created_at: 1,
    model: "m",
    status: "completed",
    output: [
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Hi", annotations: [] }],
      },
    ],
    usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
  },
};
const byPath: Script = (call) => {
  const answer = answers[call.path.split("/").at(-1) ?? ""];
  return answer && !call.path.endsWith("/chat/completions") ? Response.json(answer) : wholeChat("Hi")(call);
};

const providerKey = "0f3c9d2b/internal+7788";

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let keyId: string;

beforeAll(async () => {
  vendor = startFakeVendor({
    m: byPath,
    refuses: () => errorAnswer(400, { message: "too odd" }),
    claude: messagesWhole("Hi"),
    gemini: geminiText(["Hi"]),
  });
  const root = `http://127.0.0.1:${vendor.port}`;
  const price = { currency: "USD", input: 1, output: 2 };
  const model = (name: string, provider: string, at = name) => ({ name, targets: [{ provider, model: at }], price });
  sahab = await runSahab({
    config: {
      providers: [
        { name: "openai", vendor: "openai", base_url: vendor.url, api_key: providerKey, pass_fields: ["metadata"] },
        { name: "anthropic", vendor: "anthropic", base_url: root, api_key: "vendor-key" },
        { name: "google", vendor: "google", base_url: `${root}/v1beta`, api_key: "vendor-key" },
      ],
      models: [
        model("m", "openai"),
        model("refuses", "openai"),
        model("claude", "anthropic"),
        model("gemini", "google"),
      ],
      projects: [{ name: "default" }, { name: "reports" }],
    },
  });
  ({ key, id: keyId } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const openai = (headers: Record<string, string> = {}) =>
  new OpenAI({ baseURL: `${sahab.address}/v1`, apiKey: key, maxRetries: 0, defaultHeaders: headers });
const anthropic = (headers: Record<string, string> = {}) =>
  new Anthropic({ baseURL: sahab.address, apiKey: key, maxRetries: 0, defaultHeaders: headers });
const messages = [{ role: "user" as const, content: "Hi" }];

/** What the newest record says. */
async function said() {
  const [record] = await sahab.records();
  return { operation: record?.operation, user: record?.user, tags: record?.tags };
}

/** Of the headers that the vendor got last those that clients give to Sahab; the count of hops is Sahab's own. */
function ownHeadersSent() {
  const sent = [...(vendor.calls.at(-1)?.headers.keys() ?? [])];
  return sent.filter((name) => name.startsWith("x-sahab-") && name !== "x-sahab-hops");
}

test("the key of a provider that somebody pasted is in no record", async () => {
  const client = openai({ "x-sahab-session": providerKey, "session-id": `key=${providerKey}` });
  await client.chat.completions.create({ model: "m", messages, user: providerKey, metadata: { a: providerKey } });
  expect(await said()).toEqual({ operation: "chat", user: "", tags: {} });
});

describe("official SDKs", () => {
  test("OpenAI's: user, safety_identifier and metadata of each operation, which reach the vendor as they were", async () => {
    const client = openai();
    const metadata = { team: "search", Env: "prod" };
    const tags = { team: "search", env: "prod" };
    await client.chat.completions.create({ model: "m", messages, user: "anna", metadata });
    expect(await said()).toEqual({ operation: "chat", user: "anna", tags });
    expect(vendor.calls.at(-1)?.body).toMatchObject({ user: "anna", metadata });
    await client.chat.completions.create({ model: "m", messages, safety_identifier: "h4sh" });
    expect(await said()).toEqual({ operation: "chat", user: "h4sh", tags: {} });
    expect(vendor.calls.at(-1)?.body).toMatchObject({ safety_identifier: "h4sh" });
    await client.completions.create({ model: "m", prompt: "Hi", user: "bo" });
    expect(await said()).toEqual({ operation: "completion", user: "bo", tags: {} });
    await client.embeddings.create({ model: "m", input: "Hi", user: "cy" });
    expect(await said()).toEqual({ operation: "embedding", user: "cy", tags: {} });
    await client.responses.create({ model: "m", input: "Hi", safety_identifier: "dee", metadata, store: false });
    expect(await said()).toEqual({ operation: "chat", user: "dee", tags });
    expect(vendor.calls.at(-1)?.body).toMatchObject({ safety_identifier: "dee", metadata });
    await client.chat.completions.create({ model: "m", messages });
    expect(await said()).toEqual({ operation: "chat", user: "", tags: {} });
  });

  test("Anthropic's: metadata.user_id, also towards vendors of another dialect", async () => {
    for (const model of ["claude", "m"]) {
      const metadata = { user_id: "anna" };
      await anthropic().messages.create({ model, max_tokens: 9, messages, metadata });
      expect(await said()).toEqual({ operation: "chat", user: "anna", tags: {} });
    }
    expect(vendor.callsFor("claude").at(-1)?.body["metadata"]).toEqual({ user_id: "anna" });
  });

  test("Google's: labels in the body, headers by its options", async () => {
    const httpOptions = { baseUrl: sahab.address, headers: { "x-sahab-user": "anna", "x-sahab-tags": "env=prod" } };
    const google = new GoogleGenAI({ apiKey: key, httpOptions });
    await google.models.generateContent({ model: "gemini", contents: "Hi" });
    expect(await said()).toEqual({ operation: "chat", user: "anna", tags: { env: "prod" } });
    expect(ownHeadersSent()).toEqual([]);
    const body = { contents: [{ role: "user", parts: [{ text: "Hi" }] }], labels: { team: "search" } };
    await sahab.call("/v1beta/models/m:generateContent", body, { key });
    expect(await said()).toMatchObject({ user: "", tags: { team: "search" } });
  });

  test("Ark's and DashScope's paths take the same", async () => {
    await sahab.call("/api/v3/chat/completions", { model: "m", messages, user: "anna" }, { key });
    expect(await said()).toMatchObject({ user: "anna" });
    await sahab.call(
      "/api/v1/services/aigc/text-generation/generation",
      { model: "m", input: { messages }, parameters: { result_format: "message" } },
      { key, headers: { "x-sahab-session": "s9" } },
    );
    expect(await said()).toMatchObject({ operation: "chat", tags: { session: "s9" } });
  });
});

describe("coding agents", () => {
  const session = "d2e70091-3007-41a3-a916-cb8b0d3098de";

  test("Claude Code: its session and sub-agent by headers, its user by the body", async () => {
    const headers = {
      "user-agent": "claude-cli/2.1.207 (external, cli)",
      "x-claude-code-session-id": session,
      "x-claude-code-agent-id": "a3",
    };
    const user_id = JSON.stringify({ device_id: "d1", account_uuid: "", session_id: session });
    await anthropic(headers).messages.create({ model: "claude", max_tokens: 9, messages, metadata: { user_id } });
    expect(await said()).toEqual({
      operation: "chat",
      user: "d1",
      tags: { session, agent: "claude-code", subagent: "a3" },
    });
    expect(vendor.calls.at(-1)?.body["metadata"]).toEqual({ user_id });
  });

  test("Codex: a request as recorded", async () => {
    const body = {
      model: "m",
      stream: false,
      store: false,
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Create hello.txt" }] }],
      prompt_cache_key: session,
      client_metadata: {
        "x-codex-installation-id": "i1",
        root_turn_id: "r1",
        "x-codex-turn-metadata": '{"cwd":"/home/anna/secret-project"}',
        turn_id: "r1",
        session_id: session,
        thread_id: "t2",
        "x-codex-window-id": `${session}:0`,
      },
    };
    const headers = {
      "session-id": session,
      "thread-id": "t2",
      originator: "codex_exec",
      "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm-256color (codex_exec; 0.169.0)",
    };
    const response = await sahab.call("/v1/responses", body, { key, headers });
    expect(response.status).toBe(200);
    expect(await said()).toEqual({
      operation: "chat",
      user: "i1",
      tags: { session, agent: "codex", thread: "t2", app: "codex_exec" },
    });
  });
});

describe("Sahab's own headers", () => {
  test("are recorded, and reach no vendor", async () => {
    const headers = { "x-sahab-session": "s1", "x-sahab-user": "anna", "x-sahab-tags": "team=search,env=prod" };
    for (const model of ["m", "claude"]) {
      await openai(headers).chat.completions.create({ model, messages, user: "not she" });
      expect(await said()).toMatchObject({ user: "anna", tags: { session: "s1", team: "search", env: "prod" } });
      expect(ownHeadersSent()).toEqual([]);
    }
  });

  test("are refused by name where they are wrong, in the words of each dialect, before a vendor is asked", async () => {
    const calls = vendor.calls.length;
    const body = { model: "m", messages, max_tokens: 9 };
    for (const path of ["/v1/chat/completions", "/v1/messages"]) {
      const response = await sahab.call(path, body, { key, headers: { "x-sahab-tags": "Team" } });
      expect(response.status).toBe(400);
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error.message).toContain("x-sahab-tags: expected name=value with commas between, such as team=search");
    }
    expect(vendor.calls.length).toBe(calls);
  });
});

test("a request that is refused or fails is recorded with what it said", async () => {
  const headers = { "x-sahab-session": "s-failed" };
  await sahab.call("/v1/chat/completions", { model: "refuses", messages, user: "anna" }, { key, headers });
  expect(await said()).toMatchObject({ user: "anna", tags: { session: "s-failed" } });
  await sahab.call("/v1/chat/completions", '{"model":', { key, headers });
  expect(await said()).toMatchObject({ user: "", tags: { session: "s-failed" } });
});

test("a large body says the same, wherever it is read", async () => {
  for (const megabytes of [0.4, 1.5]) {
    const content = "word ".repeat(megabytes * 200_000);
    const body = { messages: [{ role: "user", content }], model: "m", user: `u${megabytes}`, metadata: { team: "a" } };
    for (const path of ["/v1/chat/completions", "/v1/messages"]) {
      const response = await sahab.call(path, { ...body, max_tokens: 9 }, { key });
      expect(response.status).toBe(200);
      await response.text();
      expect(await said()).toMatchObject({ user: `u${megabytes}`, tags: { team: "a" } });
    }
  }
});

test("a caller's key is recorded nowhere", async () => {
  const body = { model: "m", messages, user: key, metadata: { note: `my key is ${key}`, team: "a" } };
  await sahab.call("/v1/chat/completions", body, { key, headers: { "x-title": key } });
  expect(await said()).toMatchObject({ user: "", tags: { team: "a" } });
  expect(JSON.stringify(await sahab.records())).not.toContain(key);
});

test("an answer in the background is recorded with what its request said", async () => {
  const headers = { "x-sahab-session": "s-later" };
  const client = openai(headers);
  const { id } = await client.responses.create({
    model: "m",
    input: "Hi",
    background: true,
    safety_identifier: "anna",
    metadata: { team: "later" },
  });
  await eventually("the answer", async () => (await client.responses.retrieve(id)).status === "completed");
  expect(await said()).toMatchObject({ user: "anna", tags: { session: "s-later", team: "later" } });
});

describe("reports", () => {
  let own: { key: string; id: string };
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await sahab.command(["usage", "--project", "reports", ...args]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  };
  type Row = { group: string; groups: string[]; name?: string; requests: number; cost: string };
  const report = (query: string) =>
    sahab.adminJson<{ rows: Row[]; more: number; rest: Row[] }>(`/usage?project=reports&${query}`);
  const short = (rows: Row[]) => rows.map(({ groups, requests }) => [...groups, requests]);

  beforeAll(async () => {
    own = await sahab.createKey({ name: "agents", project: "reports" });
    const ask = (user: string | undefined, session: string | undefined) =>
      sahab.call(
        "/v1/chat/completions",
        { model: "m", messages, user },
        { key: own.key, headers: session === undefined ? {} : { "x-sahab-session": session } },
      );
    for (const [user, session] of [
      ["anna", "s1"],
      ["anna", "s1"],
      ["anna", "s2"],
      ["bo", "s1"],
      [undefined, undefined],
    ] as const)
      expect((await ask(user, session)).status).toBe(200);
  });

  test("over HTTP: by user, by tag, by several, and of some requests only", async () => {
    expect(short((await report("group_by=user")).rows)).toEqual([
      ["anna", 3],
      ["", 1],
      ["bo", 1],
    ]);
    expect(short((await report("group_by=tag:session")).rows)).toEqual([
      ["s1", 3],
      ["", 1],
      ["s2", 1],
    ]);
    const { rows } = await report("group_by=key,day");
    expect(rows[0]?.group).toBe(rows[0]?.groups.join(", ") ?? "");
    expect(rows).toMatchObject([{ name: "agents", requests: 5, groups: [own.id, expect.stringMatching(/^\d{4}-/)] }]);
    expect(short((await report("group_by=user,tag:session&user=anna")).rows)).toEqual([
      ["anna", "s1", 2],
      ["anna", "s2", 1],
    ]);
    expect(short((await report("group_by=user&tag:session=s1")).rows)).toEqual([
      ["anna", 2],
      ["bo", 1],
    ]);
    expect(short((await report("group_by=user&tag:session=")).rows)).toEqual([["", 1]]);
    expect((await report(`group_by=model&key=${keyId}`)).rows).toEqual([]);
    expect((await report("group_by=model&model=claude")).rows).toEqual([]);
    expect(short((await report(`group_by=model&key=${own.id}&model=m`)).rows)).toEqual([["m", 5]]);
  });

  test("a report of few rows says how many more there are, and what they come to", async () => {
    const whole = await report("group_by=user");
    expect([whole.more, whole.rest]).toEqual([0, []]);
    const { rows, more, rest } = await report("group_by=user&limit=1");
    expect(short(rows)).toEqual([["anna", 3]]);
    expect(more).toBe(2);
    expect(rest).toMatchObject([{ group: "", groups: [], requests: 2 }]);
  });

  test("wrong questions are told", async () => {
    const cases: [string, RegExp][] = [
      ["group_by=mood", /group_by: expected one of|group_by: expected model, key.*tag:NAME.*"mood"/],
      ["group_by=user,user", /each once/],
      ["group_by=model,key,project,day,user", /at most 4/],
      ["group_by=tag:", /tag:NAME with a name/],
      ["group_by=tag:A%22", /tag:NAME with a name/],
      ["tag:A%22=x", /tag:A": expected tag:NAME/],
      ["limit=0", /limit/],
    ];
    for (const [query, message] of cases) {
      const response = await sahab.admin(`/usage?${query}`);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect({ query, code: error.code }).toEqual({ query, code: "invalid_request" });
      expect(error.message).toMatch(message);
    }
  });

  test("on the command line", async () => {
    expect(await run("--by", "user")).toMatch(
      /^USER +REQUESTS[^]*\nanna +3 [^]*\n\(none\) +1 [^]*\nbo +1 [^]*\nTOTAL +5 [^]*\n\(none\): requests that named no user\n$/,
    );
    expect(await run("--by", "tag:session", "--user", "anna")).toMatch(
      /^TAG:SESSION +REQUESTS[^]*\ns1 +2 [^]*\ns2 +1 /,
    );
    expect(await run("--by", "tag:session")).toContain("(none): requests without this tag\n");
    expect(await run("--by", "key,day")).toMatch(/^KEY +DAY +REQUESTS.*\nagents +\d{4}-\d\d-\d\d +5 /);
    expect(await run("--by", "user,tag:session")).toMatch(/\nanna +s1 +2 [^]*\n\(none\) +\(none\) +1 [^]*\nTOTAL +5 /);
    expect(await run("--by", "user", "--tag", "session=s1")).toMatch(/\nanna +2 [^]*\nbo +1 [^]*\nTOTAL +3 /);
    expect(await run("--by", "model", "--key", own.id, "--model", "m")).toMatch(/\nm +5 /);
    expect(await run("--by", "user", "--limit", "1")).toMatch(
      /\nanna +3 [^]*\n\(2 more\) +2 [^]*\nTOTAL +5 [^]*\n2 more rows of less cost are left out; --limit shows more of them\.\n$/,
    );
    for (const args of [
      ["--by", "mood"],
      ["--by", "user,"],
      ["--tag", "session"],
      ["--limit", "0"],
    ])
      expect(await sahab.command(["usage", ...args])).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("Allowed:"),
      });
  });
});
