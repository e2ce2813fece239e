import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { errorTable, type ErrorCode } from "../../base/errors.ts";
import { decodeJournalLines, encodeJournalLine } from "../journal-line.ts";
import { makeAttempt, makeRecord } from "../store/store-contract.ts";
import { encodeApiRecord } from "./api-record.ts";
import { apiRecordShape } from "./api-shapes.ts";
import { attemptColumns, type AttemptRecord } from "./attempt-columns.ts";
import { recordVersion, usageColumns, type UsageRecord } from "./columns.ts";
import { decodeUsageRecord, decodeUsageValues, encodeUsageRecord } from "./journal-form.ts";
import { money, smallNumber, text } from "./kinds.ts";
import { listOf } from "./list-of.ts";
import { decodeUsageRow, encodeUsageValues, type UsageRow } from "./sql-form.ts";

/** Every value differs from those of its neighbours, so that no two columns can be swapped unseen. */
const attempt: AttemptRecord = {
  provider: "deepseek",
  model: "deepseek-flash",
  startedMs: 1,
  sentMs: 2,
  firstTextMs: 3,
  durationMs: 4,
  vendorRequestId: "chatcmpl-5",
  outcome: "upstream_timeout",
  inputTokens: 106,
  cachedInputTokens: 7,
  cacheWriteTokens: 8,
  outputTokens: 109,
  reasoningTokens: 10,
  estimated: true,
  cost: 11_000_000_012n,
  vendorCost: { amount: 13_000_000_000n, currency: "CNY" },
  currency: "EUR",
  providerCost: 14_000_000_000n,
  providerCurrency: "GBP",
  providerKey: 14,
  images: 15,
  seconds: 16,
  characters: 17,
  searches: 18,
  vendorStatus: 30,
  vendorCode: "insufficient_quota",
};
const record: UsageRecord = {
  id: "req_1",
  time: 1_700_000_000_000,
  keyId: "key_2",
  project: "team",
  model: "chat",
  provider: "local",
  operation: "token-count",
  dialect: "anthropic-messages",
  attemptCount: 3,
  attempts: [attempt],
  status: 502,
  outcome: "stream_interrupted",
  streamed: true,
  inputTokens: 204,
  cachedInputTokens: 5,
  cacheWriteTokens: 6,
  outputTokens: 207,
  reasoningTokens: 8,
  estimated: false,
  cost: 9_000_000_010n,
  currency: "USD",
  providerCost: 21_000_000_000n,
  providerCurrency: "CHF",
  vendorCost: 22_000_000_000n,
  comparedCost: 23_000_000_000n,
  isSplit: true,
  latencyMs: 11,
  firstTokenMs: 12,
  images: 24,
  seconds: 25,
  characters: 26,
  searches: 27,
  user: "anna",
  tags: { session: "s-28", team: "search" },
  askedModel: "gpt-31",
  organisation: "acme",
  accountCost: 29_000_000_000n,
  accountCurrency: "JPY",
};

describe("the forms of a record, written out", () => {
  test("in the journal", () => {
    expect(encodeUsageRecord(record)).toBe(
      '[8,"req_1",1700000000000,"key_2","team","chat","local","token-count","anthropic-messages",3,' +
        '[["deepseek","deepseek-flash",1,2,3,4,"chatcmpl-5","upstream_timeout",106,7,8,109,10,true,"11000000012",' +
        '{"amount":"13000000000","currency":"CNY"},"EUR","14000000000","GBP",14,15,16,17,18,30,"insufficient_quota"]],' +
        '502,"stream_interrupted",true,204,5,6,207,8,false,"9000000010","USD",' +
        '"21000000000","CHF","22000000000","23000000000",true,11,12,24,25,26,27,"anna",{"session":"s-28","team":"search"},"gpt-31","acme","29000000000","JPY"]',
    );
  });

  test("in SQL", () => {
    const { attempt_list, ...row } = rowOf(record);
    expect(row).toEqual({
      id: "req_1",
      time: 1_700_000_000_000,
      key_id: "key_2",
      project: "team",
      model: "chat",
      provider: "local",
      operation: "token-count",
      dialect: "anthropic-messages",
      attempts: 3,
      status: 502,
      outcome: "stream_interrupted",
      streamed: 1,
      input_tokens: 204,
      cached_input_tokens: 5,
      cache_write_tokens: 6,
      output_tokens: 207,
      reasoning_tokens: 8,
      estimated: 0,
      cost: 9_000_000_010n,
      currency: "USD",
      provider_cost: 21_000_000_000n,
      provider_currency: "CHF",
      vendor_cost: 22_000_000_000n,
      compared_cost: 23_000_000_000n,
      split: 1,
      latency_ms: 11,
      first_token_ms: 12,
      images: 24,
      seconds: 25,
      characters: 26,
      searches: 27,
      end_user: "anna",
      tags: '{"session":"s-28","team":"search"}',
      asked_model: "gpt-31",
      organisation: "acme",
      account_cost: 29_000_000_000n,
      account_currency: "JPY",
    });
    expect(attempt_list).toBe(
      '[8,["deepseek","deepseek-flash",1,2,3,4,"chatcmpl-5","upstream_timeout",106,7,8,109,10,true,"11000000012",' +
        '{"amount":"13000000000","currency":"CNY"},"EUR","14000000000","GBP",14,15,16,17,18,30,"insufficient_quota"]]',
    );
  });

  test("in the admin API", () => {
    expect(encodeApiRecord(record)).toEqual({
      id: "req_1",
      time: "2023-11-14T22:13:20.000Z",
      key: "key_2",
      project: "team",
      model: "chat",
      provider: "local",
      operation: "token-count",
      dialect: "anthropic-messages",
      attempts: 3,
      attempt_list: [
        {
          provider: "deepseek",
          model: "deepseek-flash",
          started_ms: 1,
          sent_ms: 2,
          first_text_ms: 3,
          duration_ms: 4,
          vendor_request_id: "chatcmpl-5",
          outcome: "upstream_timeout",
          tokens: { input: 106, cached_input: 7, cache_write: 8, output: 109, reasoning: 10 },
          estimated: true,
          cost: "11.000000012",
          vendor_cost: { amount: "13", currency: "CNY" },
          currency: "EUR",
          provider_cost: "14",
          provider_currency: "GBP",
          provider_key: 14,
          pieces: { images: 15, seconds: 16, characters: 17, searches: 18 },
          vendor_status: 30,
          vendor_code: "insufficient_quota",
        },
      ],
      status: 502,
      outcome: "stream_interrupted",
      stream: true,
      tokens: { input: 204, cached_input: 5, cache_write: 6, output: 207, reasoning: 8 },
      estimated: false,
      cost: "9.00000001",
      currency: "USD",
      provider_cost: "21",
      provider_currency: "CHF",
      vendor_cost: "22",
      compared_cost: "23",
      has_other_currencies: true,
      latency_ms: 11,
      time_to_first_token_ms: 12,
      pieces: { images: 24, seconds: 25, characters: 26, searches: 27 },
      user: "anna",
      tags: { session: "s-28", team: "search" },
      asked_model: "gpt-31",
      organisation: "acme",
      account_cost: "29",
      account_currency: "JPY",
    });
  });
});

describe("every column", () => {
  test("is in every form: a record that differs in it alone differs in each", () => {
    const schema = z.strictObject(apiRecordShape);
    const other: Record<string, unknown> = makeRecord({
      id: "req_other",
      time: 5,
      model: "other",
      attemptCount: 2,
      attempts: [],
      estimated: true,
      currency: "CNY",
      user: "other",
      tags: { session: "other" },
    });
    expect(Object.keys(other).toSorted()).toEqual(usageColumns.map(({ name }) => name).toSorted());
    for (const { name } of usageColumns) {
      const changed = { ...record, [name]: other[name] };
      expect({ name, same: encodeUsageRecord(changed) === encodeUsageRecord(record) }).toEqual({ name, same: false });
      expect(rowOf(changed)).not.toEqual(rowOf(record));
      expect(encodeApiRecord(changed)).not.toEqual(encodeApiRecord(record));
      expect(schema.parse(encodeApiRecord(changed))).toEqual(encodeApiRecord(changed));
      expect(decodeUsageRecord(encodeUsageRecord(changed))).toEqual(changed);
      expect(decodeUsageRow(rowOf(changed))).toEqual(changed);
    }
  });

  test("has names of its own, a version that is known, and a value for older records", () => {
    for (const columns of [usageColumns, attemptColumns]) {
      for (const field of ["name", "api"] as const)
        expect(new Set(columns.map((column) => column[field])).size).toBe(columns.length);
      for (const column of columns) {
        expect(column.since).toBeWithin(1, recordVersion + 1);
        if (columns === usageColumns && column.since > 1) expect(column).toHaveProperty("before");
      }
    }
    expect(new Set(usageColumns.map((column) => column.sql)).size).toBe(usageColumns.length);
  });
});

test("a column that comes with a later version has its older value in lines and rows without it", () => {
  const list = listOf(
    [
      { name: "first", api: "first", kind: text, since: 2, description: "" },
      { name: "later", api: "later", kind: smallNumber, since: 3, before: 9, description: "" },
      { name: "cost", api: "cost", kind: money, since: 2, description: "" },
    ],
    3,
  );
  const old = [{ first: "a", later: 9, cost: 5n }];
  expect(list.decodeJson?.([["a", "5"]], 2)).toEqual(old);
  expect(list.decodeJson?.([["a", 9, "5"]], 3)).toEqual(old);
  expect(() => list.decodeJson?.([["a", "5"]], 3)).toThrow();
  expect(list.decodeSql('[2,["a","5"]]')).toEqual(old);
  expect(list.decodeSql(list.encodeSql([{ first: "a", later: 1, cost: 5n }]))).toEqual([
    { first: "a", later: 1, cost: 5n },
  ]);
});

test("values at the end of a line that say nothing are left out, and no others", () => {
  const plain = makeRecord({ id: "req_1" });
  const json = encodeUsageRecord(plain);
  expect(json).toEndWith(",null,null,null,null,false,12,null]");
  expect(json).toContain('"123456789",null,"USD"]]');
  const searched = { ...plain, searches: 3 };
  expect(encodeUsageRecord(searched)).toEndWith(",12,null,0,0,0,3]");
  const tagged = { ...plain, user: "anna" };
  expect(encodeUsageRecord(tagged)).toEndWith(',12,null,0,0,0,0,"anna"]');
  expect(json).not.toContain("{}");
  for (const record of [plain, searched, tagged]) {
    expect(decodeUsageRecord(encodeUsageRecord(record))).toEqual(record);
    expect(decodeUsageValues(encodeUsageRecord(record))).toEqual(encodeUsageValues(record));
    expect(decodeUsageRow(rowOf(record))).toEqual(record);
  }
  // What has no value for older records is always there.
  const cut = json.replace(/,12,null\]$/, ",12]");
  expect(() => decodeUsageRecord(cut)).toThrow();
  expect(() => decodeUsageValues(cut)).toThrow("expected");
  expect(() => decodeUsageRecord(json.replace(/^\[8,/, "[3,"))).toThrow();
});

describe("older journal lines", () => {
  const line = (json: string) => decodeJournalLines(Buffer.from(encodeJournalLine("progress", json)));
  const settled = (json: string) => decodeJournalLines(Buffer.from(encodeJournalLine("settled", json))).lines;
  const old: UsageRecord = {
    ...makeRecord({ id: "req_1", model: 'a"b\\c\n云\u0000', cost: -(2n ** 70n), firstTokenMs: 7 }),
    dialect: "openai-chat",
    attemptCount: 3,
    attempts: [],
    cacheWriteTokens: 0,
  };

  test("of version 0, with the names of the fields, are read", () => {
    const json = `{"id":"req_1","time":1700000000000,"keyId":"key_1","project":"default","model":${JSON.stringify(old.model)},"provider":"fake","operation":"chat","attempts":3,"status":200,"outcome":"ok","streamed":false,"inputTokens":100,"cachedInputTokens":40,"outputTokens":20,"reasoningTokens":5,"estimated":false,"cost":"-1180591620717411303424","currency":"USD","latencyMs":12,"firstTokenMs":7}`;
    expect(line(json)).toEqual({
      damaged: 0,
      lines: [{ kind: "progress", record: old }],
      usedBytes: expect.any(Number),
    });
    expect(settled(json)).toEqual([{ kind: "settled", values: encodeUsageValues(old) }]);
  });

  test("of version 1, twenty values without a version, are read", () => {
    const json = `["req_1",1700000000000,"key_1","default",${JSON.stringify(old.model)},"fake","chat",3,200,"ok",false,100,40,20,5,false,"-1180591620717411303424","USD",12,7]`;
    expect(line(json).lines).toEqual([{ kind: "progress", record: old }]);
    expect(settled(json)).toEqual([{ kind: "settled", values: encodeUsageValues(old) }]);
    // What is read goes on as a line, and a row, of today.
    expect(decodeUsageRecord(encodeUsageRecord(old))).toEqual(old);
    expect(decodeUsageRow(rowOf(old))).toEqual(old);
    expect(encodeApiRecord(old)).toMatchObject({ attempts: 3, attempt_list: [] });
  });

  test("of version 3, without pieces, are read", () => {
    const json =
      '[3,"req_1",1700000000000,"key_1","default","chat","fake","chat","openai-chat",1,' +
      '[["fake","fake-chat",0,1,8,11,"chatcmpl-1","ok",100,40,10,20,5,false,"123456789",null,"USD",null,null,null]],' +
      '200,"ok",false,100,40,10,20,5,false,"123456789","USD",null,null,null,null,false,12,null]';
    const known = makeRecord({ id: "req_1" });
    expect(line(json).lines).toEqual([{ kind: "progress", record: known }]);
    expect(settled(json)).toEqual([{ kind: "settled", values: encodeUsageValues(known) }]);
  });

  test("of version 7, without the name that the client asked for, are read", () => {
    const json = encodeUsageRecord(record).replace(/^\[8,/, "[7,").replace('"gpt-31",', "");
    expect(decodeUsageRecord(json)).toEqual({ ...record, askedModel: "" });
    expect(decodeUsageValues(json)).toEqual(encodeUsageValues({ ...record, askedModel: "" }));
  });

  test("of version 6, whose attempts tell nothing of the vendor's words, are read", () => {
    const failed = makeAttempt({ outcome: "upstream_rate_limited", searches: 2 });
    const record = makeRecord({ id: "req_6", attempts: [failed], user: "anna" });
    const json = encodeUsageRecord(record).replace(/^\[8,/, "[6,");
    expect(json).toContain("0,0,0,2]]");
    expect(decodeUsageRecord(json)).toEqual(record);
    expect(() => decodeUsageRecord(json.replace("0,0,0,2]]", '0,0,0,2,429,"slow_down"]]'))).toThrow();
  });

  test("of version 4, without users and tags, are read, with pieces and where these are left out", () => {
    const begin =
      '[4,"req_1",1700000000000,"key_1","default","chat","fake","chat","openai-chat",1,' +
      '[["fake","fake-chat",0,1,8,11,"chatcmpl-1","ok",100,40,10,20,5,false,"123456789",null,"USD"]],' +
      '200,"ok",false,100,40,10,20,5,false,"123456789","USD",null,null,null,null,false,12,null';
    for (const [end, known] of [
      ["]", makeRecord({ id: "req_1" })],
      [",0,0,0,3]", makeRecord({ id: "req_1", searches: 3 })],
    ] as const) {
      expect(line(begin + end).lines).toEqual([{ kind: "progress", record: known }]);
      expect(settled(begin + end)).toEqual([{ kind: "settled", values: encodeUsageValues(known) }]);
    }
  });
});

const outcomes = fc.constantFrom(...(["ok", "interrupted", ...Object.keys(errorTable)] as ("ok" | ErrorCode)[]));
/** Names come from files and vendors: odd strings, lone surrogates and control characters included. */
const oddText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom('"', "\\", "\n", "\u2028", "\u0000", "\ud800", "__proto__"),
);
const count = fc.maxSafeNat();
const countOrNull = fc.option(count);
const usage = {
  inputTokens: count,
  cachedInputTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  estimated: fc.boolean(),
  images: count,
  seconds: count,
  characters: count,
  searches: count,
};
const anyAttempt: fc.Arbitrary<AttemptRecord> = fc.record({
  ...usage,
  provider: oddText,
  model: oddText,
  startedMs: count,
  sentMs: countOrNull,
  firstTextMs: countOrNull,
  durationMs: count,
  vendorRequestId: fc.option(oddText),
  outcome: outcomes,
  cost: fc.bigInt(),
  vendorCost: fc.option(fc.record({ amount: fc.bigInt(), currency: oddText })),
  currency: fc.option(oddText),
  providerCost: fc.option(fc.bigInt()),
  providerCurrency: fc.option(oddText),
  providerKey: countOrNull,
  vendorStatus: countOrNull,
  vendorCode: fc.option(oddText),
});
const anyRecord: fc.Arbitrary<UsageRecord> = fc.record({
  ...usage,
  id: oddText,
  time: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  keyId: oddText,
  project: oddText,
  model: oddText,
  provider: oddText,
  operation: fc.constantFrom("chat", "completion", "embedding", "token-count"),
  dialect: oddText,
  attempts: fc.array(anyAttempt, { maxLength: 4 }),
  attemptCount: fc.integer({ min: 4, max: 100 }),
  status: fc.integer({ min: 100, max: 599 }),
  outcome: outcomes,
  streamed: fc.boolean(),
  cost: fc.bigInt(),
  currency: oddText,
  providerCost: fc.option(fc.bigInt()),
  providerCurrency: fc.option(oddText),
  vendorCost: fc.option(fc.bigInt()),
  comparedCost: fc.option(fc.bigInt()),
  isSplit: fc.boolean(),
  latencyMs: count,
  firstTokenMs: countOrNull,
  user: oddText,
  askedModel: oddText,
  tags: fc.dictionary(fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,9}$/), oddText, { maxKeys: 4, noNullPrototype: true }),
  organisation: oddText,
  accountCost: fc.option(fc.bigInt()),
  accountCurrency: fc.option(oddText),
});

const rowOf = (record: UsageRecord): UsageRow =>
  Object.fromEntries(encodeUsageValues(record).map((value, index) => [usageColumns[index]?.sql, value])) as UsageRow;

describe("any record", () => {
  test("comes back from its journal line as it was, also among others", () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 4 }),
        fc.constantFrom("settled" as const, "progress" as const),
        (records, kind) => {
          const text = records.map((record) => encodeJournalLine(kind, encodeUsageRecord(record))).join("");
          const { lines, damaged, usedBytes } = decodeJournalLines(Buffer.from(text));
          expect({ damaged, usedBytes }).toEqual({ damaged: 0, usedBytes: Buffer.byteLength(text) });
          expect(lines).toEqual(
            records.map((record) =>
              kind === "settled" ? { kind, values: encodeUsageValues(record) } : { kind, record },
            ),
          );
        },
      ),
    );
  });

  test("comes back from its row as it was, with integers as SQLite returns them", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const row = Object.fromEntries(
          Object.entries(rowOf(record)).map(([name, value]) => [
            name,
            typeof value === "number" ? BigInt(value) : value,
          ]),
        ) as UsageRow;
        expect(decodeUsageRow(row)).toEqual(record);
      }),
    );
  });

  test("has the shape that the API's document promises", () => {
    const schema = z.strictObject(apiRecordShape);
    fc.assert(
      fc.property(anyRecord, (record) => {
        const encoded = encodeApiRecord(record);
        expect(schema.parse(JSON.parse(JSON.stringify(encoded)))).toEqual(encoded);
      }),
    );
  });
});
