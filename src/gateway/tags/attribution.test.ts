import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isTagName } from "../../base/tag-bounds.ts";
import type { BodyLabels } from "../../dialect/labels.ts";
import { HeaderFields } from "../../http/header-fields.ts";
import { noTags } from "../../ledger/index.ts";
import { attributionOf, sessionOf } from "./attribution.ts";
import { readHeaderLabels } from "./read-headers.ts";

const key = "sk-sahab-0123456789abcdefghijklmnopqrstuv";
const fields = (headers: Record<string, string>) => {
  const text = Object.entries(headers).map(([name, value]) => `\r\n${name}: ${value}`);
  return Object.assign(new HeaderFields(text.join("")), { host: "" });
};
const body = (said: Partial<BodyLabels>): BodyLabels => ({ user: undefined, session: undefined, pairs: [], ...said });
const read = (headers: Record<string, string>, said?: Partial<BodyLabels>) =>
  attributionOf({ headers: readHeaderLabels(fields(headers)), body: said && body(said), key });

describe("headers", () => {
  const uuid = "2d1a2c7e-0000-4000-8000-000000000001";
  const cases: [string, Record<string, string>, string, Record<string, string>][] = [
    ["Sahab's own", { "X-Sahab-Session": "s", "x-sahab-user": "anna" }, "anna", { session: "s" }],
    ["own tags", { "x-sahab-tags": "team=search, env=prod" }, "", { team: "search", env: "prod" }],
    [
      "Claude Code, in a sub-agent",
      {
        "User-Agent": "claude-cli/2.1.207 (external, cli)",
        "X-Claude-Code-Session-Id": uuid,
        "X-Claude-Code-Agent-Id": "a7",
      },
      "",
      { session: uuid, agent: "claude-code", subagent: "a7" },
    ],
    [
      "Codex, as recorded",
      {
        "session-id": uuid,
        "thread-id": uuid,
        originator: "codex_exec",
        "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm-256color (codex_exec; 0.169.0)",
      },
      "",
      { session: uuid, agent: "codex", app: "codex_exec" },
    ],
    ["an older Codex", { session_id: uuid, conversation_id: "other" }, "", { session: uuid }],
    ["another thread of Codex", { "session-id": "s", "thread-id": "t" }, "", { session: "s", thread: "t" }],
    [
      "Gemini CLI, as recorded",
      { "user-agent": "GeminiCLI-tui/0.61.0/gemini-3.1-pro-preview (linux; x64; terminal)" },
      "",
      { agent: "gemini-cli" },
    ],
    [
      "opencode",
      { "user-agent": "opencode/1.18.2 ai-sdk/provider-utils/4.0.1", "x-session-affinity": "ses_1" },
      "",
      { session: "ses_1", agent: "opencode" },
    ],
    [
      "Cline",
      { "HTTP-Referer": "https://cline.bot/?key=1#x", "X-Title": "Cline", "X-Task-ID": "t1" },
      "",
      { session: "t1", app: "Cline" },
    ],
    [
      "an address without a title",
      { "HTTP-Referer": "https://example.org/app?q=a" },
      "",
      { app: "https://example.org/app" },
    ],
    [
      "an address with a user and a password",
      { "HTTP-Referer": "https://anna:pass@word@example.org/app" },
      "",
      { app: "https://example.org/app" },
    ],
    ["a password with a question mark", { "HTTP-Referer": "https://anna:pa?ss@example.org/app" }, "", {}],
    ["a path with an @", { "HTTP-Referer": "https://example.org/@anna" }, "", { app: "https://example.org/@anna" }],
    ["Open WebUI", { "X-OpenWebUI-User-Id": "u1", "X-OpenWebUI-Chat-Id": "c1" }, "u1", { session: "c1" }],
    ["an SDK", { "user-agent": "OpenAI/JS 6.9.0", "x-stainless-lang": "js", accept: "*/*" }, "", {}],
    [
      "own before others', whatever their order",
      { "session-id": "theirs", "x-sahab-session": "mine" },
      "",
      { session: "mine" },
    ],
    [
      "own tags before a program's headers",
      { "session-id": "theirs", "x-title": "theirs", "x-sahab-tags": "session=mine,app=mine" },
      "",
      { session: "mine", app: "mine" },
    ],
    [
      "the own session before own tags",
      { "session-id": "theirs", "x-sahab-tags": "a=b,session=tag", "x-sahab-session": "mine" },
      "",
      { a: "b", session: "mine" },
    ],
    ["letters in UTF-8, as bytes are read", { "x-sahab-user": Buffer.from("Zoë 云").toString("latin1") }, "Zoë 云", {}],
  ];
  for (const [name, headers, user, tags] of cases) test(name, () => expect(read(headers)).toEqual({ user, tags }));

  const wrong: [string, string, RegExp][] = [
    ["x-sahab-tags", "search", /^x-sahab-tags: expected name=value .*such as team=search,env=prod, found "search"/],
    ["x-sahab-tags", "team=", /found "team="/],
    ["x-sahab-tags", "team=a,,env=b", /found ""/],
    ["x-sahab-tags", "Team=a", /a name of at most 64 of a-z.*found "Team"/],
    ["x-sahab-tags", "__proto__=a", /found "__proto__"/],
    ["x-sahab-tags", `${"n".repeat(65)}=a`, /a name of at most 64/],
    ["x-sahab-tags", "a=1,a=2", /found a twice/],
    ["x-sahab-tags", "user=anna", /the user is named by the header x-sahab-user/],
    ["x-sahab-tags", `a=${"v".repeat(257)}`, /a: at most 256 characters are allowed, found 257/],
    [
      "x-sahab-tags",
      Array.from({ length: 17 }, (_, n) => `t${n}=1`).join(","),
      /at most 16 tags are allowed, found 17/,
    ],
    ["x-sahab-session", "", /expected 1 to 256 characters, found 0/],
    ["x-sahab-user", "v".repeat(257), /^x-sahab-user: expected 1 to 256 characters, found 257/],
  ];
  for (const [name, value, message] of wrong)
    test(`refused: ${name}: ${value.slice(0, 40)}`, () => {
      let told: unknown;
      try {
        read({ [name]: value });
      } catch (thrown) {
        told = thrown;
      }
      expect(told).toMatchObject({ code: "invalid_request", param: name });
      expect((told as Error).message).toMatch(message);
    });

  test("what Sahab itself asks for in its own headers, it asks of no others", () => {
    expect(read({ "session-id": "", "x-title": "v".repeat(300) })).toEqual({
      user: "",
      tags: { app: "v".repeat(256) },
    });
  });
});

describe("users", () => {
  const device = "5dd07c33da27e6d2968d94ea20bf47a7b090b6b158b82328d54da2909a108e84";
  const account = "7f3b2a10-1111-4222-8333-444455556666";
  const session = "d2e70091-3007-41a3-a916-cb8b0d3098de";
  const forms: [string, string, string][] = [
    ["in one text, with a gateway's key", `user_${device}_account__session_${session}`, device],
    ["in one text, with an account", `user_${device}_account_${account}_session_${session}`, account],
    ["as JSON", JSON.stringify({ device_id: device, account_uuid: "", session_id: session }), device],
    [
      "as JSON with an account",
      JSON.stringify({ device_id: device, account_uuid: account, session_id: session }),
      account,
    ],
  ];
  for (const [name, text, user] of forms)
    test(`Claude Code's user and session, ${name}`, () => {
      const pairs = [["user_id", text]] as const;
      expect(read({}, { user: text, pairs })).toEqual({ user, tags: { session } });
      // Its header says the same of the session; Sahab's own say better.
      expect(read({ "x-claude-code-session-id": "h" }, { user: text, pairs })).toEqual({
        user,
        tags: { session: "h" },
      });
      expect(read({ "x-sahab-user": "anna" }, { user: text, pairs })).toEqual({ user: "anna", tags: { session } });
    });

  test("what only looks like it is a user like any other", () => {
    for (const user of ["user_a_account_b", '{"session_id":', "{}", '{"session_id":7}', "[1]"])
      expect(read({}, { user })).toMatchObject({ tags: {} });
    expect(read({}, { user: "user_a_account_b" }).user).toBe("user_a_account_b");
  });

  test("the body's counts more than a program's header, and less than Sahab's", () => {
    expect(read({ "x-openwebui-user-id": "h" }, { user: "b" }).user).toBe("b");
    expect(read({ "x-openwebui-user-id": "h" }, { user: "" }).user).toBe("h");
    expect(read({ "x-sahab-user": "own" }, { user: "b" }).user).toBe("own");
  });
});

describe("bounds", () => {
  test("metadata become tags by their names, made small letters where they are not; what has no name is left out", () => {
    const pairs = [
      ["Team Name", "search"],
      ["__proto__", "x"],
      ["云", "y"],
      ["env", "prod"],
      ["ENV", "later"],
      ["empty", " "],
      ["n".repeat(100), "long"],
    ] as const;
    const { tags } = read({}, { pairs });
    expect(tags).toEqual({ team_name: "search", proto__: "x", env: "prod", ["n".repeat(64)]: "long" });
  });

  test("of too many the last are left out: own tags, session and program come before metadata", () => {
    const pairs = Array.from({ length: 16 }, (_, n) => [`m${n}`, "1"] as const);
    const { tags } = read({ "x-sahab-tags": "team=a", "session-id": "s", "user-agent": "aider/1" }, { pairs });
    expect(Object.keys(tags)).toHaveLength(16);
    expect(tags).toMatchObject({ team: "a", session: "s", agent: "aider", m12: "1" });
    expect(tags).not.toHaveProperty("m13");
  });

  test("a program that names itself in its metadata is what it says", () => {
    expect(read({ "user-agent": "aider/1" }, { pairs: [["agent", "mine"]] }).tags).toEqual({ agent: "mine" });
  });

  test("long values are cut at a whole letter, and what cannot be printed is replaced", () => {
    expect(read({}, { user: "v".repeat(300) }).user).toBe("v".repeat(256));
    expect(read({}, { user: `${"v".repeat(255)}😀` }).user).toBe("v".repeat(255));
    expect(read({}, { user: `${"v".repeat(254)}😀x` }).user).toBe(`${"v".repeat(254)}😀`);
    expect(read({}, { user: " a\u0000b\nc\ud800d\u202ee " }).user).toBe("a\ufffdb\ufffdc\ufffdd\ufffde");
  });

  test("a key is never kept, wherever it is", () => {
    const other = "sk-sahab-ABCDEFGHIJKLMNOPqrstuvwxyz012345";
    const said = {
      user: key,
      session: `Bearer ${key}`,
      pairs: [
        ["a", `${"x".repeat(250)}${key}`],
        [key, "b"],
        ["c", other],
      ] as const,
    };
    expect(read({ "x-title": key, "x-sahab-tags": `team=${key}` }, said)).toEqual({ user: "", tags: {} });
    // One of another form, which is the one that was presented.
    expect(
      attributionOf({ headers: undefined, body: body({ user: "my-admin-key-1" }), key: "my-admin-key" }).user,
    ).toBe("");
  });

  const foreign = {
    openai: "sk-proj-abcdefghijklmnopqrstuvwx",
    anthropic: "sk-ant-api03-AbCdEfGhIjKlMnOp",
    google: "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    xai: "xai-0123456789abcdefghij",
    groq: "gsk_0123456789abcdefghij",
    hugging: "hf_abcdefghijklmnopqrst",
    amazon: "AKIAIOSFODNN7EXAMPLE",
    github: "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    signed: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln",
    head: "Bearer abcdef123456",
    address: "https://anna:secret@example.org/",
  };
  for (const [name, text] of Object.entries(foreign))
    test(`a key of another form is never kept: ${name}`, () => {
      const said = { user: text, session: `x ${text}`, pairs: [["a", `${text} y`] as const, [text, "b"] as const] };
      expect(read({ "x-title": text, "session-id": text, "x-sahab-tags": `team=${text}` }, said)).toEqual({
        user: "",
        tags: {},
      });
    });

  test("long values take little time, whatever they are made of", () => {
    const parts = ["eyJaaaaaaaaaa", "://a:", "sk-a ", "bearer ", "-----BEGIN ", " ", "a"];
    const startedMs = performance.now();
    for (const part of parts) {
      const user = part.repeat(1_000_000 / part.length);
      read(
        {},
        {
          user: `x${user}`,
          pairs: [
            ["a", `x${user}`],
            [user, "b"],
          ],
        },
      );
    }
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test("the key of a provider is never kept, whatever its form", () => {
    const providerKeys = new Set(["0f3c9d2b-internal/7788+aa"]);
    const [secret = ""] = providerKeys;
    const pairs = [
      ["a", secret],
      ["b", `api_key=${secret}`],
      ["c", "plain"],
    ] as const;
    expect(attributionOf({ headers: undefined, body: body({ user: secret, pairs }), key, providerKeys })).toEqual({
      user: "",
      tags: { c: "plain" },
    });
  });

  test("names of people, projects and sessions are no keys", () => {
    const plain = ["task-0123456789abcdef0123", "sk-learn", "bearer of news", "ses_0123456789abcdefghijkl", "hf_team"];
    for (const user of [...plain, "anna@example.org", "2d1a2c7e-0000-4000-8000-000000000001"])
      expect(read({}, { user }).user).toBe(user);
  });

  test("anything that clients send is taken, and what is kept is small and printable", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 600 }),
      fc.constantFrom("", "session", "user_id", key),
    );
    const anyBody = fc.record({
      user: fc.option(text, { nil: undefined }),
      session: fc.option(text, { nil: undefined }),
      pairs: fc.array(fc.tuple(text, text), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(anyBody, (said) => {
        const { user, tags } = read({ "user-agent": "aider", "x-title": "t" }, said);
        expect(Object.keys(tags).length).toBeLessThanOrEqual(16);
        for (const value of [user, ...Object.values(tags)]) {
          expect(value.length).toBeLessThanOrEqual(256);
          expect(value).toBe(value.toWellFormed());
          expect(value).not.toMatch(/\p{Cc}/u);
          expect(value).not.toContain(key);
        }
        for (const name of Object.keys(tags)) expect(isTagName(name)).toBe(true);
      }),
    );
  });
});

test("the session of a request", () => {
  expect(sessionOf(read({ "x-session-id": "s" }))).toBe("s");
  expect(sessionOf(read({}, { session: "b" }))).toBe("b");
  expect(sessionOf(read({ "x-sahab-tags": "session=own" }))).toBe("own");
  expect(sessionOf(read({ "x-sahab-tags": "session=own", "x-sahab-session": "named" }))).toBe("named");
  expect(sessionOf(read({}))).toBeUndefined();
});

test("a batch's user and tags count where its line says nothing", () => {
  const base = { user: "anna", tags: { team: "a", session: "b" } };
  expect(attributionOf({ headers: undefined, base, key })).toEqual(base);
  // As it was kept, which is another object than that of no tags.
  expect(attributionOf({ headers: undefined, base: { user: "anna", tags: {} }, key }).tags).toBe(noTags);
  const said = body({ user: "bo", pairs: [["team", "c"]] });
  expect(attributionOf({ headers: undefined, base, body: said, key })).toEqual({
    user: "bo",
    tags: { team: "c", session: "b" },
  });
});
