import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudConfigError } from "./cloud-config.ts";
import { diffConfigs, withoutSecrets } from "./difference.ts";
import { findDoubts } from "./find-doubts.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { readCloudYaml } from "./read-cloud-yaml.ts";
import { findModel } from "../vendor/index.ts";

const rates = { currency: "USD", input: 1, output: 2 };
const dear = { currency: "USD", input: 2.5, output: 10 };

function configOf(price: unknown, more: { charge?: unknown; target?: unknown; model?: string } = {}) {
  const target = { provider: "p", model: more.model ?? "m", ...(more.target !== undefined && { price: more.target }) };
  return {
    providers: [{ name: "p", vendor: "openai" }],
    models: [{ name: "chat", targets: [target], price, ...("charge" in more && { charge: more.charge }) }],
    projects: [{ name: "default" }],
  };
}

function problemsOf(document: unknown): string[] {
  try {
    parseCloudConfig(document);
    return [];
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
}

const whole = {
  currency: "USD",
  input: "1.25",
  cached_input: 0.125,
  explicit_cached_input: 0.1,
  cache_write: 1.5,
  cache_write_1h: 2.5,
  output: 10,
  thinking_output: 12,
  reasoning: 11,
  image_input: 2,
  audio_input: 3,
  image_output: 30,
  audio_output: 20,
  tiers: [
    { above: 200_000, input: 2.5, output: 15 },
    { above: 400_000, input: 5, cached_input: 0.5, output: 30 },
  ],
  off_peak: {
    factor: 0.5,
    peak: [{ hours: "01:00-04:00", days: "mon-fri" }, { hours: "22:00-24:00" }],
    holidays: "cn",
  },
  service_tiers: {
    flex: { factor: 0.5 },
    priority: { input: 2.5, output: 20, tiers: [{ above: 200_000, input: 5, output: 40 }] },
  },
  batch: 0.5,
  fees: { request: 0.001, web_search: "0.01" },
  valid_from: "2026-08-17T16:00:00Z",
  source: "the vendor's page of prices",
};

test("all of a price is taken, printed back, and changes nothing the second time", () => {
  const charge = [{ ...rates }, { ...whole, valid_from: "2026-09-01" }];
  const config = parseCloudConfig(configOf(whole, { charge, target: [whole] }));
  const again = parseCloudConfig(JSON.parse(JSON.stringify(withoutSecrets(config))));
  expect(diffConfigs(config, again)).toEqual([]);
  expect(again.models[0]).toMatchObject({ price: whole, charge, targets: [{ price: [whole] }] });
  const dearer = parseCloudConfig(configOf(whole, { charge, target: [{ ...whole, batch: 0.6 }] }));
  expect(diffConfigs(config, dearer)).toEqual([
    {
      action: "update",
      kind: "model",
      name: "chat",
      fields: ["targets"],
      values: [{ path: "targets[0].price[0].batch", before: 0.5, after: 0.6 }],
    },
  ]);
  expect(findDoubts(config)).toEqual([]);
});

test("The example of every rule in docs/money.md is taken, and nothing of it is doubtful", () => {
  const page = readFileSync(join(import.meta.dir, "..", "..", "docs", "money.md"), "utf8");
  const example = /```yaml\n(price:\n[\s\S]*?)```/.exec(page)?.[1] ?? "";
  const { price, charge } = readCloudYaml(example) as { price: object; charge: object };
  const [model] = parseCloudConfig(configOf(price, { charge })).models;
  expect(model).toMatchObject({ price, charge: { factor: 1.2 } });
  expect(Object.keys(price)).toEqual(expect.arrayContaining(["tiers", "off_peak", "service_tiers", "batch", "fees"]));
  expect(findDoubts(parseCloudConfig(configOf(price, { charge })))).toEqual([]);
});

describe("what is wrong with a price is told at its place", () => {
  const at = "models[0].price";
  test.each<[string, unknown, string]>([
    ["a word", "cheap", `${at}: expected free, or an object with currency, input and output; found "cheap"`],
    ["an empty list", [], `${at}: expected at least 1 item; found a list`],
    ["a negative rate", { ...rates, audio_input: -1 }, `${at}.audio_input: expected a decimal of at least 0`],
    [
      "minus zero",
      { ...rates, tiers: [{ above: 5, input: "-0", output: 1 }] },
      `${at}.tiers[0].input: expected a decimal of at least 0; found -0`,
    ],
    ["too many places", { ...rates, reasoning: "0.1234567891" }, `${at}.reasoning: expected a decimal`],
    [
      "tiers that do not rise",
      {
        ...rates,
        tiers: [
          { above: 9, input: 1, output: 1 },
          { above: 9, input: 1, output: 1 },
        ],
      },
      `${at}.tiers[1].above: expected more than in the tier before, the longest prompts last; found 9`,
    ],
    [
      "a tier without output",
      { ...rates, tiers: [{ above: 9, input: 1 }] },
      `${at}.tiers[0].output: expected a decimal`,
    ],
    [
      "an unknown field of a tier",
      { ...rates, tiers: [{ above: 9, input: 1, output: 1, to: 5 }] },
      `${at}.tiers[0].to: unknown field; allowed: above, input,`,
    ],
    [
      "a country without a calendar",
      { ...rates, off_peak: { factor: 0.5, peak: [{ hours: "01:00-02:00" }], holidays: "us" } },
      `${at}.off_peak.holidays: expected "cn"; found "us"`,
    ],
    [
      "hours that are none",
      { ...rates, off_peak: { factor: 0.5, peak: [{ hours: "1-4" }] } },
      `${at}.off_peak.peak[0].hours: expected hours in UTC such as 01:00-04:00; found "1-4"`,
    ],
    [
      "hours over midnight",
      { ...rates, off_peak: { factor: 0.5, peak: [{ hours: "22:00-02:00" }] } },
      `${at}.off_peak.peak[0].hours: expected an end after the beginning; hours over midnight are two windows`,
    ],
    [
      "days that are none",
      { ...rates, off_peak: { factor: 0.5, peak: [{ hours: "01:00-02:00", days: "weekdays" }] } },
      `${at}.off_peak.peak[0].days: expected days such as mon-fri or sat`,
    ],
    ["no peak", { ...rates, off_peak: { factor: 0.5, peak: [] } }, `${at}.off_peak.peak: expected at least 1 item`],
    ["a factor of nothing", { ...rates, batch: 0 }, `${at}.batch: expected a factor above 0 and at most 1000`],
    ["a negative factor", { ...rates, batch: -0.5 }, `${at}.batch: expected a decimal of at least 0`],
    [
      "a service tier with input and no output",
      { ...rates, service_tiers: { flex: { input: 1 } } },
      `${at}.service_tiers.flex: expected input and output, where a service tier has prices of its own`,
    ],
    [
      "a service tier that says nothing",
      { ...rates, service_tiers: { flex: {} } },
      `${at}.service_tiers.flex: expected a factor, or input and output`,
    ],
    [
      "an unknown field of a service tier",
      { ...rates, service_tiers: { flex: { factor: 1, factr: 1 } } },
      `${at}.service_tiers.flex.factr: unknown field; allowed: factor, input,`,
    ],
    [
      "a fee without bounds",
      { ...rates, fees: { image: 1001 } },
      `${at}.fees.image: expected at most 1000 a piece; found 1001`,
    ],
    ["a fee of an odd name", { ...rates, fees: { "Web Search": 1 } }, `${at}.fees.`],
    [
      "a day that no month has",
      { ...rates, valid_from: "2026-02-30" },
      `${at}.valid_from: expected a date such as 2026-08-17`,
    ],
    ["two prices from always on", [rates, rates], `${at}[1].valid_from: expected a date of its own`],
    [
      "two prices from one day on",
      [
        { ...rates, valid_from: "2026-01-01" },
        { ...rates, valid_from: "2026-01-01T00:00:00Z" },
      ],
      `${at}[1].valid_from: expected a date of its own`,
    ],
    [
      "a fault in a list",
      [rates, { ...rates, input: "x", valid_from: "2026-01-01" }],
      `${at}[1].input: expected a decimal`,
    ],
    [
      "prototype names",
      JSON.parse(`{"currency":"USD","input":1,"output":2,"__proto__":{"input":0}}`),
      `${at}.__proto__: unknown field`,
    ],
  ])("%s", (_name, price, expected) => {
    const [problem = "", ...others] = problemsOf(configOf(price));
    expect(problem.slice(0, expected.length)).toBe(expected);
    expect(others).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ["a number", 1.2, "models[0].charge: expected a factor such as { factor: 1.2 }, a price, or free; found 1.2"],
    ["a factor of nothing", { factor: 0 }, "models[0].charge.factor: expected a factor above 0"],
    ["a factor beside a price", { factor: 2, input: 1 }, "models[0].charge.input: unknown field"],
    ["a price without currency", { input: 1, output: 1 }, "models[0].charge.currency: expected a text; found nothing"],
  ])("a charge: %s", (_name, charge, expected) => {
    expect(problemsOf(configOf(rates, { charge }))[0]?.slice(0, expected.length)).toBe(expected);
  });

  test("the price of a target", () => {
    expect(problemsOf(configOf(rates, { target: { ...rates, output: "2,5" } }))).toEqual([
      expect.stringMatching(/^models\[0\]\.targets\[0\]\.price\.output: expected a decimal.*decimals follow a point/),
    ]);
  });
});

describe("a price that is probably meant otherwise", () => {
  const doubts = (price: unknown, model?: string) =>
    findDoubts(parseCloudConfig(configOf(price, model === undefined ? {} : { model })), { findModel });
  test.each<[string, unknown, RegExp]>([
    [
      "per token",
      { ...rates, input: "0.00000125", output: "0.00001" },
      /less than 0.001 USD per million.*input would be 1.25, output would be 10$/,
    ],
    ["per thousand", { ...rates, input: 0.0025, output: 0.01 }, /if these are per thousand, write 2.5 and 10$/],
    ["cents", { ...rates, input: 300, output: 1500 }, /if these are cents, write 3 and 15$/],
    ["the wrong way round", { ...rates, input: 15, output: 1 }, /less for output \(1\) than a tenth/],
    ["cached dearer", { ...rates, cached_input: 3 }, /more for cached tokens \(3\) than for others/],
    [
      "per token in a tier",
      { ...rates, tiers: [{ above: 9, input: "0.0000025", output: "0.00001" }] },
      /above 9 tokens costs less than 0.001 USD.*input would be 2.5, output would be 10$/,
    ],
    [
      "per token in a service tier's tier",
      { ...rates, service_tiers: { p: { input: 1, output: 2, tiers: [{ above: 9, input: "0.000001", output: 2 }] } } },
      /in service tier p above 9 tokens costs less than 0.001 USD/,
    ],
    [
      "cents in a service tier",
      { ...rates, service_tiers: { p: { input: 500, output: 900 } } },
      /in service tier p costs 500 in/,
    ],
    [
      "a tier far off",
      { ...rates, tiers: [{ above: 9, input: 11, output: 20 }] },
      /above 9 tokens asks 11 USD for input, about 11 times more than else \(1\)/,
    ],
    [
      "reasoning",
      { ...dear, reasoning: 1000 },
      /asks 1000 for reasoning, about 100 times more than for thinking_output \(10 USD\)/,
    ],
    ["cheap reasoning", { ...dear, reasoning: "0.1" }, /asks 0.1 for reasoning, about 100 times less/],
    [
      "writing to a cache",
      { ...dear, cache_write: 3125 },
      /asks 3125 for cache_write, about 1300 times more than for input \(2.5 USD\)/,
    ],
    ["sound", { ...dear, audio_output: 1001 }, /asks 1001 for audio_output/],
    [
      "a fee per thousand",
      { ...rates, fees: { image: 4 } },
      /asks 4 USD for each image, more than any on sale; if it is per thousand, write 0.004$/,
    ],
    ["a letter's fee", { ...rates, fees: { character: "0.015" } }, /asks 0.015 USD for each character/],
    ["per cent in a batch", { ...rates, batch: 50 }, /costs 50 times the usual price in a batch; a half is 0.5$/],
    [
      "per cent off peak",
      { ...rates, off_peak: { factor: 50, peak: [{ hours: "01:00-02:00" }] } },
      /50 times the usual price off peak/,
    ],
    [
      "per cent in a service tier",
      { ...rates, service_tiers: { flex: { factor: 50 } } },
      /50 times the usual price in service tier flex/,
    ],
    ["zeros", { ...rates, input: 0, output: 0 }, /is billed at nothing; write price: free if calls cost nothing$/],
  ])("%s", (_name, price, expected) => expect(doubts(price)).toEqual([expect.stringMatching(expected)]));

  test("a fee for what is never counted is told, with the name that is probably meant", () => {
    const fees = { images: 0.04, minuts: 3, image_hd: 0.08, web_serch: 0.01, x_search: 0.005, nothing_known: 1 };
    expect(doubts({ ...rates, fees })).toEqual([
      "models[0].price.fees.images: model chat: nothing is counted as images, so the fee is never billed; did you mean image?",
      expect.stringContaining("so the fee is never billed; did you mean minute?"),
      expect.stringContaining("so the fee is never billed; did you mean web_search?"),
      expect.stringContaining(
        "nothing is counted as nothing_known, so the fee is never billed; fees are for request, image",
      ),
    ]);
    expect(problemsOf(configOf({ currency: "USD", fees: { images: 0.04 } }))[0]).toMatch(
      /^models\[0\].price.fees.images: .*; did you mean image\?; found 0.04$/,
    );
  });

  test("fees for pieces are a price by themselves, and those for tools beside tokens are not", () => {
    const parse = (price: unknown) => parseCloudConfig(configOf(price, { charge: price, target: [price] }));
    const [model] = parse({ currency: "USD", fees: { image: 0.04, image_hd: 0.08 } }).models;
    const whole = { currency: "USD", input: 0, output: 0, fees: { image: 0.04, image_hd: 0.08 } };
    expect(model).toMatchObject({ price: whole, charge: whole, targets: [{ price: [whole] }] });
    for (const fees of [{}, { web_search: 0.01 }, { image: 0.04, web_search: 0.01 }, { images: 0.04 }])
      expect(problemsOf(configOf({ currency: "USD", fees })).join()).toContain(
        "models[0].price.input: expected a decimal",
      );
    expect(problemsOf(configOf({ currency: "USD", input: 1, fees: { image: 0.04 } }))).toEqual([
      expect.stringMatching(/^models\[0\].price.output: expected a decimal/),
    ]);
  });

  test("another currency than the catalogue's", () => {
    // gpt-5 is 1.25 and 10 USD.
    expect(doubts({ currency: "CNY", input: 1.25, output: 10 }, "gpt-5")).toEqual([
      expect.stringMatching(/same number of CNY as of USD/),
    ]);
    expect(doubts({ currency: "USD", input: 9, output: 72 }, "gpt-5")).toEqual([
      expect.stringMatching(/about seven times more or less/),
    ]);
    expect(doubts({ currency: "CNY", input: 9, output: 72 }, "gpt-5")).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    // gpt-4o is 2.5 and 10 USD.
    [
      "a hundredth",
      { input: 0.025, output: 0.1 },
      /costs 0.025 USD for input, about 100 times less than in the catalogue \(2.5 in, 10 out USD\)/,
    ],
    ["one of both", { input: 2.5, output: 0.9 }, /costs 0.9 USD for output, about 11 times less/],
    ["in yuan", { currency: "CNY", input: 0.18, output: 0.72 }, /costs 0.18 CNY for input, about 100 times less/],
    [
      "nothing",
      { input: 0, output: 0 },
      /is billed at nothing, where the catalogue has 2.5 in, 10 out USD; write price: free/,
    ],
  ])("far from the catalogue's: %s", (_name, price, expected) =>
    expect(doubts({ currency: "USD", ...price }, "gpt-4o")).toEqual([expect.stringMatching(expected)]),
  );

  test("a discount of a half, an older price, and a model that the catalogue has for nothing are not far", () => {
    expect(doubts({ currency: "USD", input: 1.25, output: 5 }, "gpt-4o")).toEqual([]);
    const old = { currency: "USD", input: 0.14, cached_input: 0.0028, output: 0.28 };
    expect(
      findDoubts(
        parseCloudConfig({
          ...configOf(old, { model: "deepseek-chat" }),
          providers: [{ name: "p", vendor: "deepseek" }],
        }),
        { findModel },
      ),
    ).toEqual([]);
  });

  test("a charge: a percentage in a factor's place, and a price of its own", () => {
    const charged = (charge: unknown) => findDoubts(parseCloudConfig(configOf(rates, { charge })), { findModel });
    expect(charged({ factor: 120 })).toEqual([
      "models[0].charge.factor: model chat is charged 120 times what it costs; for 20 % more, write 1.2",
    ]);
    for (const usual of [{ factor: 1.2 }, { factor: 1 }, { ...rates, input: 1.1 }, "free"])
      expect(charged(usual)).toEqual([]);
    const at = "models[0].charge: model chat is charged";
    expect(charged({ factor: 0.1 })).toEqual([
      "models[0].charge.factor: model chat is charged 0.1 times what it costs, so less; for 20 % more, write 1.2",
    ]);
    expect(charged({ ...rates, input: 0.5 })).toEqual([`${at} 0.5 USD for input, less than the 1 that it costs`]);
    expect(charged({ ...rates, currency: "EUR" })[0]).toStartWith(`${at} in EUR and costs USD;`);
    const pictures = { ...rates, fees: { image: 0.04 } };
    const ofPictures = parseCloudConfig(configOf(pictures, { charge: { ...rates, fees: { image: "0.03" } } }));
    expect(findDoubts(ofPictures)).toEqual([`${at} 0.03 USD for each image, less than the 0.04 that it costs`]);
    expect(charged({ ...rates, batch: 50 })).toEqual([
      expect.stringContaining("models[0].charge: model chat costs 50"),
    ]);
  });

  test.each<[string, unknown]>([
    ["usual", whole],
    ["embeddings", { ...rates, input: 0.02, output: 0 }],
    ["a cheap one", { ...rates, input: 0.02, cached_input: 0.003, output: 0.03 }],
    ["a dear one", { ...rates, input: 150, output: 600 }],
    ["other currencies", { currency: "JPY", input: 400, output: 1500 }],
    ["by the piece", { ...rates, input: 0, output: 0, fees: { image: 0.04 } }],
    ["free", "free"],
  ])("nothing is said of %s", (_name, price) => expect(doubts(price)).toEqual([]));

  test("a model without a price is told, unless the catalogue knows it", () => {
    expect(doubts(undefined)).toEqual([
      expect.stringMatching(
        /^models\[0\]\.price: model chat has no known price at p, so it is not called there \(403 model_not_priced\)/,
      ),
    ]);
    expect(doubts(undefined, "gpt-5")).toEqual([]);
  });
});
