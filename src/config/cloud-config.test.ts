import { describe, expect, test } from "bun:test";
import { CloudConfigError } from "./cloud-config.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { resolveVariables } from "./resolve-variables.ts";

const price = { currency: "USD", input: 0.55, output: 2.19 };
const provider = { name: "fake", vendor: "compatible", base_url: "http://127.0.0.1:1/v1" };
const secure = { ...provider, base_url: "https://vendor.example/v1" };
const pem = (label: string) => `-----BEGIN ${label}-----\nTUlJQ2RnSUJBREFO\n-----END ${label}-----\n`;
const model = { name: "chat", targets: [{ provider: "fake", model: "m" }], price };

function problemsOf(value: unknown): string[] {
  try {
    parseCloudConfig(value);
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("a whole document, with its defaults", () => {
  expect(parseCloudConfig({})).toEqual({ providers: [], models: [], projects: [] });
  expect(
    parseCloudConfig({
      providers: [provider],
      models: [model, { name: "nano", local: { file: "nano.gguf" } }],
      projects: [{ name: "team", models: ["chat"] }],
    }),
  ).toMatchObject({
    models: [
      { targets: [{ provider: "fake", model: "m", priority: 1 }] },
      { local: { file: "nano.gguf", context: 4096, slots: 4 } },
    ],
    projects: [{ name: "team", currency: "USD", models: ["chat"] }],
  });
});

describe("what is wrong is said with its place, what was found and what is allowed", () => {
  const cases: [string, unknown, RegExp][] = [
    ["a budget without a unit", { memory: "8" }, /^memory: expected a size of at least 64MB, such as 8GB/],
    ["a budget that fits no model", { memory: "1MB" }, /^memory: expected a size of at least 64MB/],
    [
      "a time that is none",
      { models: [{ name: "m", local: { file: "m.gguf", keep_alive: "5 days" } }] },
      /^models\[0\]\.local\.keep_alive: expected a duration like 30s, 10m or 1h/,
    ],
    [
      "unknown field at the top",
      { model: [] },
      /^model: unknown field; allowed: providers, models, aliases, organisations, projects, rates, alerts, cors, batches, memory, retention, console; did you mean models\?$/,
    ],
    [
      "unknown field of cors",
      { cors: { origins: [], headers: [] } },
      /^cors\.headers: unknown field; allowed: origins$/,
    ],
    [
      "batches that run nothing",
      { batches: { requests_at_once: 0 } },
      /^batches\.requests_at_once: expected at least 1; found 0$/,
    ],
    ["cors without a list", { cors: {} }, /^cors\.origins: expected a list; found nothing$/],
    ["a list that is a map", { models: { a: {} } }, /^models: expected a list; found an object$/],
    [
      "no target",
      { models: [{ name: "a", targets: [] }] },
      /^models\[0\]\.targets: expected at least 1 item; found a list$/,
    ],
    [
      "a limit of nothing",
      { projects: [{ name: "a", limits: { rpm: 0 } }] },
      /^projects\[0\]\.limits\.rpm: expected at least 1; found 0$/,
    ],
    [
      "an origin with a path",
      { cors: { origins: ["*", "https://app.example/chat"] } },
      /^cors\.origins\[1\]: expected an origin .*an origin has no path, so https:\/\/app\.example may be meant; found "https:\/\/app\.example\/chat"$/,
    ],
    [
      "unknown field of a provider",
      { providers: [{ ...provider, apikey: "x" }] },
      /^providers\[0\]\.apikey: unknown field; allowed: .*api_key/,
    ],
    [
      "unknown field of a target",
      { providers: [provider], models: [{ ...model, targets: [{ provider: "fake", model: "m", prio: 1 }] }] },
      /^models\[0\]\.targets\[0\]\.prio: unknown field; allowed: provider, model, priority/,
    ],
    [
      "unknown vendor",
      { providers: [{ ...provider, vendor: "acme" }] },
      /^providers\[0\]\.vendor: expected one of .*, compatible, .*found "acme"/,
    ],
    ["no name", { providers: [{ vendor: "compatible" }] }, /^providers\[0\]\.name: .*found nothing/],
    [
      "answers for hours",
      { projects: [{ name: "a", stored_answers: { hours: 3 } }] },
      /^projects\[0\]\.stored_answers\.hours: unknown field; allowed: days, bytes/,
    ],
    [
      "answers in a word",
      { projects: [{ name: "a", stored_answers: "never" }] },
      /^projects\[0\]\.stored_answers: expected false, or days .*; found "never"/,
    ],
    ["bad name", { projects: [{ name: "a b" }] }, /^projects\[0\]\.name: letters a to z, digits.*found "a b"/],
    [
      "bad address",
      { providers: [{ ...provider, base_url: "ftp://x" }] },
      /^providers\[0\]\.base_url: expected an http or https address.*; found a hidden value/,
    ],
    [
      "another word for a value",
      { projects: [{ name: "a", budget: { amount: 1, period: "monthly" } }] },
      /found "monthly"; did you mean month\?$/,
    ],
    [
      "an address without its beginning",
      { providers: [{ ...provider, base_url: "127.0.0.1:9901" }] },
      /found a hidden value without http:\/\/ or https:\/\/ before it$/,
    ],
    ["no address", { providers: [{ name: "a", vendor: "compatible" }] }, /^providers\[0\]\.base_url: /],
    ["neither", { models: [{ name: "a" }] }, /^models\[0\]: expected targets, local or both/],
    ...(
      [
        ["context_length", "context"],
        ["max_model_len", "context"],
        ["limits", "context and output"],
        ["max_output_tokens", "output"],
        ["contxt", "context"],
      ] as const
    ).map(([word, meant]): [string, unknown, RegExp] => [
      `${word} of a model`,
      { providers: [provider], models: [{ ...model, [word]: 1 }] },
      new RegExp(
        `^models\\[0\\]\\.${word}: unknown field; allowed: name, context, output, .*; did you mean ${meant}\\?$`,
      ),
    ]),
    [
      "no context",
      { providers: [provider], models: [{ ...model, context: 0 }] },
      /^models\[0\]\.context: expected at least 1; found 0$/,
    ],
    [
      "an output that no model has",
      { providers: [provider], models: [{ ...model, output: 100_000_001 }] },
      /^models\[0\]\.output: expected at most 100000000; found 100000001$/,
    ],
    [
      "a context in words",
      { providers: [provider], models: [{ ...model, context: "128k" }] },
      /^models\[0\]\.context: expected a number; found "128k"$/,
    ],
    [
      "a context with a fraction",
      { providers: [provider], models: [{ ...model, context: 1.5 }] },
      /^models\[0\]\.context: expected a whole number; found 1\.5$/,
    ],
    [
      "an output beyond the context",
      { providers: [provider], models: [{ ...model, context: 1000, output: 1001 }] },
      /^models\[0\]\.output: expected at most 1000, the context that prompt and answer share; found 1001$/,
    ],
    [
      "an output beyond a local context",
      { models: [{ name: "a", local: { file: "a.gguf" }, output: 5000 }] },
      /^models\[0\]\.output: expected at most 4096, .*found 5000$/,
    ],
    [
      "two contexts of a local model",
      { models: [{ name: "a", local: { file: "a.gguf", context: 2048 }, context: 4096 }] },
      /^models\[0\]\.context: expected 2048, as local\.context says, or nothing; found 4096$/,
    ],
    [
      "negative price",
      { providers: [provider], models: [{ ...model, price: { ...price, input: -1 } }] },
      /^models\[0\]\.price\.input: expected a decimal of at least 0.*found -1/,
    ],
    [
      "a price that no ledger could add up",
      { providers: [provider], models: [{ ...model, price: { ...price, output: "30000000.1" } }] },
      /^models\[0\]\.price\.output: expected at most 30000000 per million tokens/,
    ],
    [
      "price in words",
      { providers: [provider], models: [{ ...model, price: { ...price, input: "cheap" } }] },
      /^models\[0\]\.price\.input: .*found "cheap"/,
    ],
    [
      "a price that is another word",
      { providers: [provider], models: [{ ...model, price: "cheap" }] },
      /^models\[0\]\.price: expected free, or an object with currency, input and output; found "cheap"/,
    ],
    [
      "an unknown field of a price",
      { providers: [provider], models: [{ ...model, price: { ...price, outptu: 1 } }] },
      /^models\[0\]\.price\.outptu: unknown field; allowed: currency, input, cached_input, .*, output, .*, fees, valid_from, source; did you mean output\?$/,
    ],
    [
      "a price without its output",
      { providers: [provider], models: [{ ...model, price: { currency: "USD", input: 1 } }] },
      /^models\[0\]\.price\.output: expected a decimal of at least 0.*found nothing$/,
    ],
    [
      "currency in small letters",
      { providers: [provider], models: [{ ...model, price: { ...price, currency: "usd" } }] },
      /^models\[0\]\.price\.currency: .*three capital letters.*found "usd"/,
    ],
    [
      "unknown provider",
      { providers: [provider], models: [{ ...model, targets: [{ provider: "fak", model: "m" }] }] },
      /^models\[0\]\.targets\[0\]\.provider: "fak" is not among the providers \(fake\)/,
    ],
    [
      "unknown model of a project",
      { projects: [{ name: "a", models: ["x"] }] },
      /^projects\[0\]\.models\[0\]: "x" is not among the models/,
    ],
    ["duplicate provider", { providers: [provider, provider] }, /^providers\[1\]\.name: "fake" stands twice/],
    ["duplicate model", { providers: [provider], models: [model, model] }, /^models\[1\]\.name: "chat" stands twice/],
    ["duplicate project", { projects: [{ name: "a" }, { name: "a" }] }, /^projects\[1\]\.name: "a" stands twice/],
    [
      "unset variable",
      { providers: [{ ...provider, api_key: "${UNSET_KEY}" }] },
      /^providers\[0\]\.api_key: environment variable UNSET_KEY is not set .*; set it, or leave the field out to keep a key that is stored already$/,
    ],
    ["a list where an object belongs", [], /^the document: /],
    ["a text where an object belongs", "hello", /^the document: .*found "hello"/],
    ["a text where a list belongs", { providers: "fake" }, /^providers: .*found "fake"/],
    [
      "a target's name that no header can hold",
      { providers: [provider], models: [{ ...model, targets: [{ provider: "fake", model: "a\nb" }] }] },
      /^models\[0\]\.targets\[0\]\.model: /,
    ],
    [
      "a key with a line feed, which no header can hold",
      { providers: [{ ...provider, api_key: "sk-1\nsk-2" }] },
      /^providers\[0\]\.api_key: /,
    ],
    [
      "a text where a list of keys belongs, which is not measured as one",
      { providers: [{ ...provider, api_keys: "sk-live-0123456789-abcdef" }] },
      /^providers\[0\]\.api_keys: expected a list; found a hidden value$/,
    ],
    [
      "a header with a line feed",
      { providers: [{ ...provider, headers: { "x-a": "1\r\nx-b: 2" } }] },
      /^providers\[0\]\.headers/,
    ],
    [
      "an unknown field of tls",
      { providers: [{ ...secure, tls: { verify: false } }] },
      /^providers\[0\]\.tls\.verify: unknown field; allowed: ca, insecure$/,
    ],
    [
      "tls of an address without TLS",
      { providers: [{ ...provider, tls: { insecure: true } }] },
      /^providers\[0\]\.tls: the address of "fake" is plain http/,
    ],
    [
      "a file where the text of certificates belongs",
      { providers: [{ ...secure, tls: { ca: "/etc/ca.pem" } }] },
      /^providers\[0\]\.tls\.ca: expected the text of certificates in PEM.*the admin API reads no files; found a hidden value$/,
    ],
    [
      "a private key among certificates",
      { providers: [{ ...secure, tls: { ca: pem("PRIVATE KEY") } }] },
      /^providers\[0\]\.tls\.ca: .*number 1 is a PRIVATE KEY, which does not belong here/,
    ],
    [
      "a certificate that is none",
      { providers: [{ ...secure, tls: { ca: pem("CERTIFICATE") } }] },
      /^providers\[0\]\.tls\.ca: .*number 1 cannot be read/,
    ],
    [
      "a certificate without its end",
      { providers: [{ ...secure, tls: { ca: pem("CERTIFICATE").slice(0, -30) } }] },
      /^providers\[0\]\.tls\.ca: .*an END line is missing/,
    ],
    [
      "a proxy of another kind",
      { providers: [{ ...provider, proxy: "socks5://a:1" }] },
      /^providers\[0\]\.proxy: expected an http:\/\/ address; socks5:\/\/ proxies are not supported.*, or none; found a hidden value$/,
    ],
    [
      "a proxy over TLS",
      { providers: [{ ...provider, proxy: "https://a:1" }] },
      /^providers\[0\]\.proxy: .*https:\/\/ proxies are not supported/,
    ],
    [
      "a proxy that is no address",
      { providers: [{ ...provider, proxy: "" }] },
      /^providers\[0\]\.proxy: expected an address such as/,
    ],
    [
      "budget of no money",
      { projects: [{ name: "a", budget: { amount: "lots", period: "month" } }] },
      /^projects\[0\]\.budget\.amount: .*found "lots"/,
    ],
    [
      "budget of no period",
      { projects: [{ name: "a", budget: { amount: 1, period: "year" } }] },
      /^projects\[0\]\.budget\.period: expected "day" or "week".*found "year"/,
    ],
  ];
  for (const [name, document, message] of cases) {
    test(name, () => {
      const problems = problemsOf(document);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(message);
    });
  }
});

test("all problems come at once", () => {
  const problems = problemsOf({ providers: [{ ...provider, vendor: "x" }], models: [{ name: "a" }], extra: 1 });
  expect(problems.length).toBeGreaterThanOrEqual(3);
});

test("no problem's text holds a secret, wherever a person puts it by mistake", () => {
  const secret = "sk-live-0123456789";
  const documents = [
    { providers: [{ ...provider, api_key: [secret] }] },
    { providers: [{ ...provider, headers: { "x-key": 1, "x-other": secret } }] },
    { providers: [{ ...provider, headers: secret }] },
    { providers: { name: "fake", api_key: secret } },
    { providers: [{ ...provider, proxy: `socks5://user:${secret}@proxy` }] },
    { providers: [{ ...provider, tls: { ca: secret } }] },
    { providers: { api_key: secret } },
    { providers: [{ ...provider, api_key: secret, timeouts: 3 }, secret.length] },
    [{ api_key: secret }],
  ];
  for (const document of documents) {
    const problems = problemsOf(document);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join()).not.toContain(secret);
  }
});

test("variables are filled in wherever text stands, once", () => {
  const filled = resolveVariables(
    { a: ["${KEY}", "x-${KEY}-${OTHER}"], b: { c: "$KEY ${not a name} ${UNSET}" }, d: 1, e: null },
    { KEY: "v${OTHER}", OTHER: "o" },
  );
  expect(filled).toEqual({ a: ["v${OTHER}", "x-v${OTHER}-o"], b: { c: "$KEY ${not a name} ${UNSET}" }, d: 1, e: null });
});
