import { describe, expect, test } from "bun:test";
import { CloudConfigError, parseStoredConfig } from "./cloud-config.ts";
import { describeMended } from "./describe-mended.ts";
import { findDoubts } from "./find-doubts.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { readCloudYaml } from "./read-cloud-yaml.ts";

// What was taken once and broke later: at a request, in a report, at the next start.

const provider = { name: "p", vendor: "compatible", base_url: "http://127.0.0.1:1/v1" };
const target = { provider: "p", model: "m" };
const price = { currency: "USD", input: 1, output: 2 };

function problemsOf(value: unknown): string[] {
  try {
    parseCloudConfig(value);
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
  return [];
}
/** As in a file: numbers are what their text says. */
const priced = (input: string) =>
  readCloudYaml(`
providers: [{ name: p, vendor: compatible, base_url: "http://127.0.0.1:1/v1" }]
models: [{ name: m, targets: [{ provider: p, model: m }], price: { currency: USD, input: ${input}, output: 1 } }]
`);

describe("a misspelt provider of a target is told in the first round, whatever else is wrong", () => {
  const of = (more: { provider?: object; model?: object }) =>
    problemsOf({
      providers: [{ ...provider, name: "beta", ...more.provider }],
      models: [{ name: "m", targets: [{ provider: "betta", model: "m" }], price, ...more.model }],
    });
  const stray = 'models[0].targets[0].provider: "betta" is not among the providers (beta); did you mean beta?';
  const cases: [what: string, more: Parameters<typeof of>[0], count: number][] = [
    ["nothing", {}, 1],
    ["in the model", { model: { prise: 1 } }, 2],
    ["in its target", { model: { targets: [{ provider: "betta", model: "m", weigth: 1 }] } }, 2],
    ["in the provider that is meant", { provider: { vendor: "compatibel" } }, 2],
  ];
  for (const [what, more, count] of cases)
    test(what, () => {
      const problems = of(more);
      expect(problems).toContain(stray);
      expect(problems).toHaveLength(count);
    });
});

describe("a price is exact", () => {
  for (const [text, kept] of [
    ["0.1", 0.1],
    ["0", 0],
    ["1e-7", 1e-7],
    ["3.75e-7", 3.75e-7],
    ['"0.1500000000000"', "0.1500000000000"],
    ["0.15000000000000000", "0.15000000000000000"],
    ["0.000000001", 1e-9],
  ] as const) {
    test(`taken as it is: ${text}`, () =>
      expect(parseCloudConfig(priced(text)).models[0]?.price).toMatchObject({ input: kept }));
  }
});

describe("a price that is not exact, or no price, is refused at its place", () => {
  const cases: [string, RegExp][] = [
    ['"0,15"', /decimals follow a point; found "0,15"/],
    ['"3$"', /the currency is a field of its own; found "3\$"/],
    ['"$3"', /the currency is a field of its own/],
    ['"3 USD"', /the currency is a field of its own/],
    ['"3.75E-8"', /without an exponent/],
    ["3.75e-8", /found 3.75e-8/],
    ["0.30000000000000004", /found "0.30000000000000004"/],
    ["3.0000000000000004e-7", /found "3.0000000000000004e-7"/],
    // A double holds this as 0.15.
    ["0.15000000000000000001", /found "0.15000000000000000001"/],
    ['"0.0000000001"', /per million tokens, not per token/],
    ['"0.0000000375"', /per million tokens, not per token/],
    ['"-1"', /found "-1"/],
    ["-1", /found -1/],
    ['"-0"', /found -0/],
    ["-0", /found -0/],
    ["-0.0", /found -0/],
    [".nan", /found "\.nan"/],
    [".inf", /found "\.inf"/],
    ["-.inf", /found "-\.inf"/],
    ["1e999", /found "1e999"/],
    ['""', /found ""/],
    ["null", /found null/],
    ["true", /found true/],
    ["[1]", /found a list/],
    ['"varies"', /found "varies"/],
    ['"1 "', /found "1 "/],
    ['"١"', /found "١"/],
  ];
  for (const [text, message] of cases) {
    test(text, () => {
      const problems = problemsOf(priced(text));
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^models\[0\]\.price\.input: expected a decimal of at least 0/);
      expect(problems[0]).toMatch(message);
    });
  }

  test("numbers that never were text", () => {
    for (const input of [-0, Number.NaN, Number.POSITIVE_INFINITY, 0.1 + 0.2])
      expect(
        problemsOf({ providers: [provider], models: [{ name: "m", targets: [target], price: { ...price, input } }] }),
      ).toHaveLength(1);
  });

  test("a budget of minus nothing", () => {
    const projects = [{ name: "a", budget: { amount: "-0", period: "month" } }];
    expect(problemsOf({ projects })).toEqual([expect.stringMatching(/^projects\[0\]\.budget\.amount: .*found -0$/)]);
  });
});

test("a price that is probably one per token is told with what it would be", () => {
  const doubts = (text: string) => findDoubts(parseCloudConfig(priced(text)));
  expect(doubts("0.000003")).toEqual([expect.stringMatching(/^models\[0\]\.price: .*input would be 3$/)]);
  expect(doubts("0.000999999")).toHaveLength(1);
  for (const usual of ["0", "0.001", "0.0028", "9"]) expect(doubts(usual)).toEqual([]);
});

describe("a key is taken without what is copied along with it", () => {
  const cases: [found: string, warned: boolean][] = [
    ["sk-1", false],
    [" sk-1", false],
    ["sk-1\n", false],
    ["sk-1\r\n", false],
    ["\ufeffsk-1", false],
    ["\u00a0sk-1\u3000", false],
    ['"sk-1"', true],
    ["'sk-1'\n", true],
    ["Bearer sk-1", true],
    ["bearer  sk-1 ", true],
    ['"Bearer sk-1"', true],
  ];
  for (const [api_key, warned] of cases) {
    test(JSON.stringify(api_key), () => {
      const document = { providers: [{ ...provider, api_key }] };
      const config = parseCloudConfig(document);
      expect(config.providers[0]?.api_key).toBe("sk-1");
      const warnings = describeMended(document, config);
      expect(warnings).toHaveLength(warned ? 1 : 0);
      expect(warnings.join()).not.toContain("sk-1");
    });
  }
});

test("a decimal comma, which makes a field of what is behind it, is told as what it is", () => {
  expect(problemsOf(priced("0,10"))).toEqual([
    "models[0].price.10: unknown field; if it is behind a decimal comma, write a point instead, such as 0.25",
  ]);
});

describe("a key or a header that no request can carry is refused at its place, unseen", () => {
  const cases: [string, object, RegExp][] = [
    ["two keys", { api_key: "sk-secret\nsk-2" }, /^providers\[0\]\.api_key: .*character 10 is U\+000A/],
    ["a key with a space", { api_key: "sk-secret 2" }, /api_key: .*character 10 is U\+0020/],
    ["another header's name before it", { api_key: "x-api-key: sk-secret" }, /api_key: .*U\+0020/],
    ["a NUL", { api_key: "sk-secret\u0000" }, /api_key: .*U\+0000/],
    ["a dash of a word processor", { api_key: "sk–secret" }, /api_key: .*character 3 is U\+2013/],
    ["quotes of a word processor", { api_key: "“sk-secret”" }, /api_key: .*U\+201C/],
    ["nothing", { api_key: " \n" }, /api_key: .*found nothing in it/],
    ["only the word", { api_key: '""' }, /api_key: .*found nothing in it/],
    ["a variable without brackets", { api_key: "$OPENAI_API_KEY" }, /api_key: this is a placeholder/],
    ["a variable of another system", { api_key: "%OPENAI_API_KEY%" }, /api_key: this is a placeholder/],
    ["a variable of a template", { api_key: "{{secret}}" }, /api_key: this is a placeholder/],
    ["a variable that is not set", { api_key: "${NOT_SET}" }, /api_key: environment variable NOT_SET is not set/],
    ["a key in brackets", { api_key: "${sk-secret}" }, /api_key: between \$\{ and \}/],
    ["an example", { api_key: "<your-key>" }, /api_key: this is a placeholder/],
    ["a hidden key", { api_key: "********" }, /api_key: this is a placeholder/],
    ["the word before a key that is empty", { api_key: "Bearer " }, /api_key: this is a placeholder/],
    ["a header's line feed", { headers: { "x-a": "secret\n" } }, /headers\.x-a: .*character 7 is U\+000A/],
    ["a header's accent", { headers: { "x-a": "secrét" } }, /headers\.x-a: .*U\+00E9/],
    ["a header's placeholder", { headers: { "x-a": "$TOKEN" } }, /headers\.x-a: this is a placeholder/],
    ["a header's name with a space", { headers: { "x a": "secret" } }, /headers\.x a: /],
    ["a header's name with a colon", { headers: { "x-a:": "secret" } }, /headers\.x-a:: /],
    ["a header's name with a line feed", { headers: { "x-a\n": "secret" } }, /headers\.x-a\\u000a: /],
    ["a header of ours", { headers: { "Content-Length": "3" } }, /headers\.Content-Length: .*Sahab's own/],
    ["a header of HTTP's", { headers: { Expect: "100-continue" } }, /headers\.Expect: .*Sahab's own/],
    ["a header twice", { headers: { "X-A": "secret", "x-a": "2" } }, /headers\.x-a: .*twice/],
    [
      "more headers than a request has",
      { headers: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`x-${at}`, "1"])) },
      /headers: expected at most 64, found 65/,
    ],
    [
      "a head that no server reads",
      { headers: { "x-a": "a".repeat(8192), "x-b": "a".repeat(8192) } },
      /headers: expected at most 16384 characters in all/,
    ],
  ];
  for (const [name, fields, message] of cases) {
    test(name, () => {
      const problems = problemsOf({ providers: [{ ...provider, ...fields }] });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toStartWith("providers[0].");
      expect(problems[0]).toMatch(message);
      expect(problems[0]).not.toContain("secret");
    });
  }

  test("names of headers that HTTP allows are taken", () => {
    const headers = { api_key: "1", "x.y": "2", "X-Team": "" };
    expect(parseCloudConfig({ providers: [{ ...provider, headers }] }).providers[0]?.headers).toEqual(headers);
  });
});

describe("names", () => {
  for (const name of ["local", "Local", "LOCAL", "sahab", "Sahab"]) {
    test(`a provider must not be named ${name}`, () => {
      expect(problemsOf({ providers: [{ ...provider, name }] })).toEqual([
        expect.stringMatching(/^providers\[0\]\.name: ".*" is reserved: .*; choose another name$/),
      ]);
    });
  }

  test("models and projects may be named so", () => {
    const document = {
      providers: [{ ...provider, name: "localhost" }],
      models: [{ name: "local", targets: [{ provider: "localhost", model: "m" }], price }],
      projects: [{ name: "sahab" }],
    };
    expect(problemsOf(document)).toEqual([]);
  });

  const odd = ["a\u0000b", "a\nb", "a\u202eb", "a\u200bb", "a\ud83d", "a\u001b[31mb", "a\n"];
  for (const name of odd) {
    test(`no name holds what cannot be printed: ${JSON.stringify(name)}`, () => {
      const documents: [object, string][] = [
        [{ providers: [{ ...provider, name }] }, "providers[0].name"],
        [{ providers: [provider], models: [{ name, targets: [target], price }] }, "models[0].name"],
        [
          { providers: [provider], models: [{ name: "m", targets: [{ ...target, model: name }], price }] },
          "models[0].targets[0].model",
        ],
        [{ models: [{ name: "m", local: { file: name } }] }, "models[0].local.file"],
        [{ projects: [{ name }] }, "projects[0].name"],
        [{ projects: [{ name: "a", models: [name] }] }, "projects[0].models[0]"],
        [{ providers: [{ ...provider, region: name }] }, "providers[0].region"],
        [{ providers: [{ ...provider, [name]: 1 }] }, "providers[0].a\\u"],
      ];
      for (const [document, place] of documents) {
        const problems = problemsOf(document);
        expect(problems).toHaveLength(1);
        expect(problems[0]).toStartWith(place);
        expect(problems[0]).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }
    });
  }
});

describe("counts", () => {
  const models = (count: number, fields: (at: number) => object) =>
    Array.from({ length: count }, (_, at) => ({ name: `m${at}`, ...fields(at) }));

  test("each local model is a process, so their number has a bound", () => {
    const local = (at: number) => ({ local: { file: `${at}.gguf` } });
    expect(problemsOf({ models: models(64, local) })).toEqual([]);
    expect(problemsOf({ models: models(65, local) })).toEqual([
      "models: expected at most 64 with a local file, found 65",
    ]);
  });

  test("targets have a bound in all", () => {
    const targets = () => ({ targets: Array.from({ length: 64 }, () => target), price });
    expect(problemsOf({ providers: [provider], models: models(782, targets) })).toEqual([
      "models: expected at most 50000 targets in all, found 50048",
    ]);
  });

  test("a thousand mistakes make a short message", () => {
    const many = models(1_000, () => ({ targets: [{ provider: "q", model: "m" }], price }));
    const problems = problemsOf({ providers: [provider], models: many });
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe("and 950 more");
  });
});

describe("a configuration that is stored already", () => {
  const stored = {
    providers: [{ ...provider, name: "local", api_key: "$KEY" }],
    models: [{ name: "m", targets: [{ provider: "local", model: "m" }], price: { ...price, input: "-0" } }],
    projects: [],
  };

  test("is read although it could not be applied now, and its doubts are told", () => {
    const config = parseStoredConfig(stored);
    expect(config.providers[0]?.name).toBe("local");
    expect(findDoubts(config)).toEqual([expect.stringMatching(/^provider local: its name is reserved/)]);
    expect(problemsOf(stored)).toHaveLength(3);
  });

  test("may be changed by a command that leaves its faults as they are, and not by one that adds some", () => {
    const current = parseStoredConfig(stored);
    const added = { ...current, models: [...current.models, { name: "nano", local: { file: "nano.gguf" } }] };
    expect(parseCloudConfig(added, current).models).toHaveLength(2);
    const worse = { ...added, providers: [...current.providers, { ...provider, name: "sahab" }] };
    expect(() => parseCloudConfig(worse, current)).toThrow(/has a problem: providers\[1\]\.name: "sahab" is reserved/);
  });
});
