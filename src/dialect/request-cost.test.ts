import { describe, expect, test } from "bun:test";
import { toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { countBytes } from "../testing/counted-bytes.ts";
import { timesOfQuarter } from "../testing/cpu-time.ts";
import { hostileBodies, hostileChats, hostileMessages } from "../testing/hostile-bodies.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import type { Dialect } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openBody } from "./open-body.ts";

// What a request costs to read, whoever wrote it: twice the bytes are at most twice the work.

const headers = { get: () => null };

function open(dialect: Dialect, body: Buffer) {
  return dialect.open({ operation: "chat", path: "/", headers, body });
}

function faultOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    const { code, message } = toSahabError(thrown);
    return `${code}: ${message}`;
  }
  return "none";
}

describe("bytes that opening a body looks at", () => {
  const all = { ...hostileBodies, ...hostileChats, ...hostileMessages };
  test.each(Object.keys(all))("%s", (name) => {
    const make = all[name] as (bytes: number) => string;
    const count = (bytes: number) => {
      const body = Buffer.from(make(bytes));
      const counted = countBytes(body);
      faultOf(() => openBody(counted.bytes));
      return counted.looked() / body.length;
    };
    // Each byte a few times, at any size.
    expect(count(20_000)).toBeLessThan(6);
    expect(count(40_000)).toBeLessThan(6);
  });

  test("a model two million times, or three million fields, are refused after the first of them", () => {
    for (const field of ['"model":"m",', '"m\\u006fdel":"m",', '"k":1,']) {
      const counted = countBytes(Buffer.from(`{${field.repeat(2_000_000)}"x":1}`));
      expect(faultOf(() => openBody(counted.bytes))).toMatch(/^invalid_request/);
      expect(counted.looked()).toBeLessThan(20_000);
    }
    const options = Buffer.from(
      `{"model":"m","stream":true,"messages":[{}],"stream_options":{${'"include_usage":true,'.repeat(200_000)}"x":1}}`,
    );
    expect(faultOf(() => open(openaiChat, options))).toMatch("stream_options.include_usage: expected once");
    const distinct = Buffer.from(
      `{"model":"m","stream":true,"messages":[{}],"stream_options":{${Array.from({ length: 300 }, (_, index) => `"k${index}":1`).join()}}}`,
    );
    expect(faultOf(() => open(openaiChat, distinct))).toMatch("more than 256 fields");
  });

  test("as many fields as any API has are let through, and a name that nobody has is not", () => {
    const withFields = (count: number) =>
      Buffer.from(`{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join()}}`);
    expect(faultOf(() => openBody(withFields(limits.bodyFieldsMax)))).toBe("none");
    expect(faultOf(() => openBody(withFields(limits.bodyFieldsMax + 1)))).toContain(
      "it has more than 256 fields at byte",
    );
    expect(faultOf(() => openBody(Buffer.from(`{"${"k".repeat(5_000)}":1}`)))).toContain(
      "a field's name at byte 1 has 5002 bytes; at most 4096 are allowed",
    );
  });

  test("more values than any program sends are refused as soon as they are counted", () => {
    for (const value of ["[],", "{},", "1,", '"",', ",", '[[1],{"a":1}],']) {
      const body = Buffer.from(`{"model":"m","messages":[${value.repeat(4_000_000)}1]}`);
      expect(faultOf(() => openBody(body))).toContain("more than 2000000 values at byte");
    }
    const tokens = `{"model":"m","input":[${"[1,2,3],".repeat(300_000)}[1]]}`;
    expect(faultOf(() => openBody(Buffer.from(tokens)))).toBe("none");
    // All fields together.
    const spread = `{"a":[${"1,".repeat(1_100_000)}1],"b":[${"1,".repeat(1_100_000)}1]}`;
    expect(faultOf(() => openBody(Buffer.from(spread)))).toContain("more than 2000000 values");
  });

  test("of a field of the wrong kind no more is read than its first byte", () => {
    const large = `[${'"a",'.repeat(500_000)}1]`;
    for (const field of ["stream", "n", "stream_options"]) {
      const rest = field === "stream_options" ? '"stream":true,' : "";
      const body = `{"model":"m","messages":[{}],${rest}"${field}":${large}}`;
      expect(faultOf(() => open(openaiChat, Buffer.from(body)))).toMatch(/found array$/);
    }
    expect(faultOf(() => open(openaiChat, Buffer.from(`{"model":"${"m".repeat(1_000_000)}","messages":[{}]}`)))).toBe(
      "invalid_request: model: expected at most 4096 bytes, found 1000002",
    );
  });
});

/** Decodes a request and encodes it for a vendor, as far as it comes. */
function translating(body: Buffer, from: Dialect, to: Dialect): () => void {
  return () => {
    faultOf(() => {
      const decoded = open(from, body).decode();
      JSON.stringify(to.encodeRequest(decoded, { model: "m", quirks: {} }).body);
    });
  };
}

describe("time to translate", () => {
  const ways = [
    [openaiChat, anthropicMessages, { ...hostileBodies, ...hostileChats }],
    [openaiChat, openaiChat, hostileChats],
    [anthropicMessages, openaiChat, { ...hostileBodies, ...hostileMessages }],
    [anthropicMessages, anthropicMessages, hostileMessages],
  ] as const;
  const cases = ways.flatMap(([from, to, bodies]) =>
    Object.entries(bodies).map(([name, make]) => ({ name: `${name}, ${from.name} to ${to.name}`, from, to, make })),
  );
  test.each(cases)("$name", ({ from, to, make }) => {
    const ofSize = (size: number) => translating(Buffer.from(make(size)), from, to);
    expect(timesOfQuarter(ofSize(400_000), ofSize(100_000))).toBeLessThan(8);
  });
});
