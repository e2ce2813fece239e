import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openLog } from "../base/log.ts";
import { openStoreThread, parseRates, type Store } from "../ledger/index.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { CloudConfigError, parseStoredConfig } from "./cloud-config.ts";
import { withDefaultProject } from "./default-project.ts";
import { findDoubts } from "./find-doubts.ts";
import { diffConfigs, withoutSecrets } from "./difference.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { projectAccounts } from "./project-accounts.ts";
import { readConfig, writeConfig } from "./stored-config.ts";

function problemsOf(value: unknown): string[] {
  try {
    parseCloudConfig(value);
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
  return [];
}

const whole = {
  organisations: [
    {
      name: "acme",
      currency: "CNY",
      time_zone: "Asia/Shanghai",
      budget: [
        { amount: 100_000, period: "month" },
        { amount: 8_000, period: "day", soft: true },
      ],
      limits: { rpm: 6_000, tpm: 20_000_000, concurrency: 500 },
    },
  ],
  models: [{ name: "nano", local: { file: "nano.gguf" } }],
  projects: [
    {
      name: "search-team",
      organisation: "acme",
      budget: { amount: "5000", period: "month" },
      session_budget: 20,
      prepaid: true,
      limits: { rpm: 600, models: { "qwen-*": { rpm: 60 }, nano: { concurrency: 2 } } },
      output: 1_000,
    },
    { name: "apart", time_zone: "Europe/Berlin" },
  ],
  rates: [
    { from: "USD", to: "CNY", rate: 7.2464, since: "2026-01-01" },
    { from: "CNY", to: "USD", rate: "0.137999999999999", since: "2026-01-01T08:00:00+08:00" },
  ],
};

describe("what is wrong is said with its place, what was found and what is allowed", () => {
  const project = (fields: object) => ({ projects: [{ name: "p", ...fields }] });
  const inOrganisation = (fields: object, currency?: string) => ({
    organisations: [{ name: "acme", currency }],
    projects: [{ name: "p", organisation: "acme", ...fields }],
  });
  const rates = (...list: object[]) => ({
    rates: list.map((fields) => ({ from: "USD", to: "CNY", rate: 7, since: "2026-01-01", ...fields })),
  });
  const cases: [string, unknown, RegExp][] = [
    [
      "two hard budgets of a period",
      project({
        budget: [
          { amount: 1, period: "day" },
          { amount: 2, period: "day", soft: false },
        ],
      }),
      /^projects\[0\]\.budget\[1\]\.period: expected one hard budget for each period; found a second one for the day$/,
    ],
    [
      "an unknown field of a budget in a list",
      project({ budget: [{ amount: 1, period: "day", sofd: true }] }),
      /^projects\[0\]\.budget\[0\]\.sofd: unknown field; allowed: amount, period, soft; did you mean soft\?$/,
    ],
    [
      "a budget that is a number",
      project({ budget: 5 }),
      /^projects\[0\]\.budget: expected an object with amount and period, or a list of them; found 5$/,
    ],
    [
      "a session's budget of minus nothing",
      project({ session_budget: "-0" }),
      /^projects\[0\]\.session_budget: expected a decimal of at least 0; found -0$/,
    ],
    [
      "a time zone that is none",
      project({ time_zone: "Asia/Shangai" }),
      /^projects\[0\]\.time_zone: expected the IANA name .*did you mean Asia\/Shanghai\?; found "Asia\/Shangai"$/,
    ],
    [
      "an offset for a time zone",
      project({ time_zone: "+08:00" }),
      /^projects\[0\]\.time_zone: expected the IANA name of a time zone, such as Asia\/Shanghai or UTC; found "\+08:00"$/,
    ],
    [
      "a limit of models that is misspelled",
      project({ limits: { models: { "qwen-*": { rmp: 5 } } } }),
      /^projects\[0\]\.limits\.models\.qwen-\*\.rmp: unknown field; allowed: rpm, tpm, concurrency; did you mean rpm\?$/,
    ],
    [
      "a limit of a model that is not there",
      project({ limits: { models: { "gpt-99": { rpm: 5 } } } }),
      /^projects\[0\]\.limits\.models: "gpt-99" is not among the models/,
    ],
    [
      "limits of a model without any",
      project({ limits: { models: { "qwen-*": {} } } }),
      /^projects\[0\]\.limits\.models\.qwen-\*: expected rpm, tpm or concurrency; found none of them$/,
    ],
    [
      "an organisation that is not there",
      project({ organisation: "acne" }),
      /^projects\[0\]\.organisation: "acne" is not among the organisations \(none are declared\)$/,
    ],
    [
      "a project in another currency than its organisation",
      inOrganisation({ currency: "USD" }, "CNY"),
      /^projects\[0\]\.currency: expected CNY, the currency of its organisation acme; found USD$/,
    ],
    [
      "an organisation's budget in no currency",
      { organisations: [{ name: "acme", budget: { amount: 1, period: "day" } }] },
      /^organisations\[0\]\.currency: expected the currency of its budget, such as USD; found nothing$/,
    ],
    [
      "two organisations of one name",
      { organisations: [{ name: "acme" }, { name: "acme" }] },
      /^organisations\[1\]\.name: "acme" stands twice among organisations$/,
    ],
    ["a rate of nothing", rates({ rate: 0 }), /^rates\[0\]\.rate: expected a decimal above 0 .*; found 0$/],
    ["a rate of too many digits", rates({ rate: "0.0000000000000001" }), /^rates\[0\]\.rate: .*at most 15 places/],
    [
      "a rate without a date",
      rates({ since: "soon" }),
      /^rates\[0\]\.since: expected a date such as .*; found "soon"$/,
    ],
    ["a rate to itself", rates({ to: "USD" }), /^rates\[0\]\.to: expected another currency than USD; found USD$/],
    [
      "two rates of a date",
      rates({}, { since: "2026-01-01T01:00:00+01:00", rate: 8 }),
      /^rates\[1\]\.since: expected a date of its own; rates\[0\] is from USD to CNY since then, too$/,
    ],
  ];
  test.each(cases)("%s", (_name, document, problem) => {
    expect(problemsOf(document)).toEqual([expect.stringMatching(problem)]);
  });

  test("a faulty organisation brings no further problems of its projects", () => {
    const faulty = { ...whole, organisations: [{ ...whole.organisations[0], currency: "yuan" }] };
    expect(problemsOf(faulty)).toEqual([expect.stringMatching(/^organisations\[0\]\.currency: /)]);
  });
});

test("a project has its organisation's currency and calendar where it names none", () => {
  const config = parseCloudConfig(whole);
  const accounts = projectAccounts(config);
  expect(accounts.get("search-team")).toMatchObject({
    organisation: "acme",
    currency: "CNY",
    timeZone: "Asia/Shanghai",
    output: 1_000,
    terms: [
      { account: "organisation:acme", currency: "CNY", budgets: [{ soft: false }, { soft: true }], prepaid: false },
      { account: "project:search-team", timeZone: "Asia/Shanghai", prepaid: true, sessionBudget: 20_000_000_000n },
    ],
  });
  expect(accounts.get("apart")).toEqual({
    organisation: "",
    currency: "USD",
    timeZone: "Europe/Berlin",
    output: 4_096,
    terms: [],
  });
  expect(parseRates(config.rates ?? []).get("CNY>USD")).toEqual([
    { fromMs: Date.parse("2026-01-01"), rate: 137_999_999_999_999n },
  ]);
});

test("a budget in another currency than a model's price, with no rate between them, is told", () => {
  const vendor = { name: "v", vendor: "compatible", base_url: "https://vendor.example" };
  const price = { currency: "USD", input: 1, output: 2 };
  const target = { provider: "v", model: "m" };
  const budget = { amount: 1, period: "day" };
  const doubts = (rates: object[]) =>
    findDoubts(
      parseCloudConfig({
        providers: [vendor],
        models: [
          { name: "m", targets: [target], price },
          { name: "own", local: { file: "x.gguf" } },
          { name: "yuan", targets: [target], price, charge: { ...price, currency: "CNY" } },
        ],
        projects: [
          { name: "p", currency: "CNY", budget },
          { name: "q", currency: "CNY" },
        ],
        rates,
      }),
    ).filter((doubt) => doubt.startsWith("rates:"));
  expect(doubts([])).toEqual([
    expect.stringMatching(/^rates: project p has a budget in CNY, and m is priced in USD: .* from USD to CNY/) as never,
  ]);
  expect(doubts([{ from: "USD", to: "CNY", rate: 7, since: "2026-01-01" }])).toEqual([]);
});

describe("in the store", () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = makeTemporaryFolder();
    const log = openLog({ level: "silent", pretty: false });
    store = await openStoreThread({ log }, { path: join(folder, "sahab.db"), masterKey: "a master key for tests" });
  });
  afterEach(async () => {
    await store.close();
    removeTemporaryFolder(folder);
  });

  test("accounts are kept as they are, and applying them again changes nothing", async () => {
    const config = withDefaultProject(parseCloudConfig(whole));
    await writeConfig(store, config, await store.version());
    const stored = await readConfig(store);
    expect(stored).toEqual(config);
    expect(diffConfigs(stored, withDefaultProject(parseCloudConfig(whole)))).toEqual([]);
    expect(diffConfigs(stored, parseCloudConfig(withoutSecrets(stored)))).toEqual([]);
    // A name of its own for each, as other resources have.
    expect(diffConfigs(parseCloudConfig({}), config).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "model nano",
      "organisation acme",
      "project search-team",
      "project apart",
      "project default",
      "rate USD to CNY since 2026-01-01",
      "rate CNY to USD since 2026-01-01T08:00:00+08:00",
    ]);
    const [first] = whole.rates;
    expect(diffConfigs(config, { ...config, rates: [{ ...first!, rate: 7.3 }] })).toEqual([
      {
        action: "update",
        kind: "rate",
        name: "USD to CNY since 2026-01-01",
        fields: ["rate"],
        values: [{ path: "rate", before: first?.rate, after: 7.3 }],
      },
      { action: "delete", kind: "rate", name: "CNY to USD since 2026-01-01T08:00:00+08:00" },
    ]);
  });

  test("a project that an earlier version stored is what it was", async () => {
    const old = { name: "team", currency: "EUR", budget: { amount: 5, period: "month" }, limits: { rpm: 1 } };
    await store.writeResources(
      [{ kind: "projects", name: "team", position: 0, spec: old, secret: null }],
      await store.version(),
    );
    const config = await readConfig(store);
    expect(config).toEqual(withDefaultProject(parseStoredConfig({ projects: [old] })));
    expect(projectAccounts(config).get("team")?.terms).toMatchObject([
      { account: "project:team", currency: "EUR", timeZone: "UTC", budgets: [{ amount: 5_000_000_000n, soft: false }] },
    ]);
  });
});
