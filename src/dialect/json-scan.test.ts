import { describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { readBoolean, readInteger, readString, scanField, scanJsonObject } from "./json-scan.ts";
import { setField, spliceJson } from "./json-splice.ts";

const encode = (text: string) => Buffer.from(text);
const scan = (text: string, depthMax = 200) => scanJsonObject(encode(text), { depthMax });
const codeOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof SahabError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing thrown";
};

describe("scanJsonObject", () => {
  test("finds top-level fields", () => {
    const text =
      ' {"model" : "gpt" ,"messages":[{"a":[1,2]},{"b":"}]"}], "n":1 , "stream":true,"stop":[],"user":null} \n';
    const found = scan(text);
    const value = (key: string) => text.slice(found.fields.get(key)?.start, found.fields.get(key)?.end);
    expect([...found.fields.keys()]).toEqual(["model", "messages", "n", "stream", "stop", "user"]);
    expect(value("model")).toBe('"gpt"');
    expect(value("messages")).toBe('[{"a":[1,2]},{"b":"}]"}]');
    expect(value("user")).toBe("null");
    expect(found.fields.get("messages")?.elements).toBe(2);
    expect(found.fields.get("stop")?.elements).toBe(0);
    expect(found.fields.get("model")?.elements).toBeUndefined();
    expect(found.insertAt).toBe(2);
  });

  test("an escaped key is the same key, and the last of equal keys counts", () => {
    const text = String.raw`{"model":"a","mod\u0065l":"b","x":1}`;
    expect(readString(encode(text), scan(text), "model")).toBe("b");
  });

  test("fields of an inner object have positions of the whole, so that one of them is set and all else stays", () => {
    const body = encode('{"a":1, "o" : { "x": 1.0, "y":9007199254740993 } ,"b":2}');
    const inner = scanField(body, scanJsonObject(body, { depthMax: 200 }), "o", {});
    if (!inner) throw new Error("there is an object");
    expect(spliceJson(body, [setField(inner, "x", "true"), setField(inner, "z", "0")]).toString()).toBe(
      '{"a":1, "o" : {"z":0, "x": true, "y":9007199254740993 } ,"b":2}',
    );
  });

  test("inline images are counted only under a media key", () => {
    const url = `data:image/png;base64,${"A".repeat(100)}`;
    const body = {
      messages: [
        {
          content: [
            { type: "image_url", image_url: { url } },
            { type: "text", text: url },
          ],
        },
        { content: url },
      ],
      tools: [],
    };
    expect(scan(JSON.stringify(body, null, 2)).fields.get("messages")?.inlineDataBytes).toBe(url.length);
    expect(scan(JSON.stringify(body)).fields.get("tools")?.inlineDataBytes).toBe(0);
  });

  test.each([
    ["", "invalid_json: Cannot read the body as JSON: expected an object at its end (byte 0)"],
    ["[1]", "invalid_json: Cannot read the body as JSON: expected an object at byte 0"],
    ['{"a":1', "expected a comma or the object's end at its end"],
    ['{"a":1}x', "expected nothing after the object at byte 7"],
    ['{"a":[1,2}', "brackets do not match at byte 9"],
    ['{"a":[{}', "a bracket is not closed at its end"],
    ['{"a":"b', "a string is not closed at byte 5"],
    ['{"a":"b\\"}', "a string is not closed at byte 5"],
    [`{"a":"${"b".repeat(50)}\\"}`, "a string is not closed at byte 5"],
    ['{"a" 1}', "expected a colon at byte 5"],
    ["{a:1}", "expected a field's name in double quotes at byte 1"],
    ['{"a":1,}', "expected a field's name in double quotes at byte 7"],
    ['{"a":}', "expected a value at byte 5"],
    ['{"a":nul}', "expected a value at byte 5"],
    ['{"a":01}', "expected a value at byte 5"],
    [`{"a":${"1".repeat(20_000)}}`, "expected a value at byte 5"],
    [String.raw`{"\x":1}`, "bad escape at byte 1"],
  ])("refuses %p", (text, message) => {
    expect(codeOf(() => scan(text))).toContain(message);
    expect(codeOf(() => scan(text))).toStartWith("invalid_json");
  });

  test("numbers may have any digits that programs write", () => {
    for (const number of ["-0", "1.0", "1e400", "123456789012345678901234567890", "1".repeat(4_300)])
      expect(scan(`{"a":${number}}`).fields.get("a")).toMatchObject({ start: 5, end: 5 + number.length });
  });

  test("depth", () => {
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(codeOf(() => scan(nested(5), 5))).toBe("nothing thrown");
    expect(codeOf(() => scan(nested(6), 5))).toStartWith(
      "invalid_request: Cannot read the body: it is nested more than 5 deep",
    );
    expect(codeOf(() => scan(`{"a":${"[".repeat(1_000_000)}`))).toContain("at most 200 levels");
  });

  test("typed readers", () => {
    const text =
      '{"model":5,"stream":"yes","max_tokens":1.5,"n":-1,"stream_options":[],"a":null,"b":"\\ud83c\\udf29","c":"bad\\x"}';
    const found = scan(text);
    const bytes = encode(text);
    expect(codeOf(() => readString(bytes, found, "model"))).toBe(
      "invalid_request: model: expected a string, found number",
    );
    expect(codeOf(() => readBoolean(bytes, found, "stream"))).toBe(
      "invalid_request: stream: expected a boolean, found string",
    );
    expect(codeOf(() => readInteger(bytes, found, "max_tokens"))).toContain("found 1.5");
    expect(codeOf(() => readInteger(bytes, found, "n", { min: 1, max: 128 }))).toContain("from 1 to 128, found -1");
    expect(codeOf(() => scanField(bytes, found, "stream_options", {}))).toContain(
      "stream_options: expected an object, found array",
    );
    expect(scanField(bytes, found, "a", {})).toBeUndefined();
    expect(readString(bytes, found, "a")).toBeUndefined();
    expect(readString(bytes, found, "missing")).toBeUndefined();
    expect(readString(bytes, found, "b")).toBe("🌩");
    expect(codeOf(() => readString(bytes, found, "c"))).toStartWith("invalid_json");
  });

  test("works on a view into a larger buffer", () => {
    const text = '{"model":"m"}';
    const whole = encode(`xxxx${text}yyyy`);
    const view = new Uint8Array(whole.buffer, whole.byteOffset + 4, text.length);
    const found = scanJsonObject(view, { depthMax: 10 });
    expect(readString(view, found, "model")).toBe("m");
    expect(Buffer.from(spliceJson(view, [setField(found, "stream", "true")])).toString()).toBe(
      '{"stream":true,"model":"m"}',
    );
  });
});

describe("spliceJson", () => {
  test("edits in any order, with characters of many bytes", () => {
    const text = '{"model":"云","n":1}';
    const found = scan(text);
    const edits = [setField(found, "n", "22"), setField(found, "x", '"é"'), setField(found, "model", '"سحاب"')];
    expect(JSON.parse(Buffer.from(spliceJson(encode(text), edits)).toString())).toEqual({
      model: "سحاب",
      n: 22,
      x: "é",
    });
    expect(Buffer.from(spliceJson(encode("{}"), [setField(scan("{}"), "a", "1")])).toString()).toBe('{"a":1}');
    expect(() => spliceJson(encode(text), [{ start: 3, end: 1, text: "" }])).toThrow(RangeError);
  });
});

test("agrees with JSON.parse on random documents", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  console.log(`json-scan fuzz: seed ${seed}`);
  const random = createRandom(seed);
  for (let round = 0; round < 3000; round++) {
    const text = writeObject(random, 0);
    const bytes = encode(text);
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const found = scanJsonObject(bytes, { depthMax: 20 });
    expect([...found.fields.keys()].sort()).toEqual(Object.keys(parsed).sort());
    for (const [key, field] of found.fields) {
      const value = parsed[key];
      expect(JSON.parse(bytes.toString("utf8", field.start, field.end))).toEqual(value);
      expect(field.elements).toBe(Array.isArray(value) ? value.length : undefined);
    }
    const changed = JSON.parse(
      Buffer.from(spliceJson(bytes, [setField(found, "model", '"new"')])).toString(),
    ) as unknown;
    expect(changed).toEqual({ ...parsed, model: "new" });
    // Cut anywhere, the document is refused and nothing else is thrown.
    const cut = bytes.subarray(0, Math.floor(random() * text.trimEnd().length));
    if (cut.length < Buffer.byteLength(text.trimEnd()))
      expect(codeOf(() => scanJsonObject(cut, { depthMax: 20 }))).toStartWith("invalid_json");
    // Damaged anywhere, it is accepted or refused, but never crashes.
    const damaged = Buffer.from(bytes);
    damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 128);
    codeOf(() => scanJsonObject(damaged, { depthMax: 20 }));
  }
});

function writeObject(random: () => number, depth: number): string {
  const keys = ["model", "messages", "a", "b\\\\", 'q\\"', "\\u0061\\u0062", "云", "", "stream", "data", "url"];
  const count = Math.floor(random() * 6);
  const items = Array.from(
    { length: count },
    () =>
      `${space(random)}"${pick(random, keys)}"${space(random)}:${space(random)}${writeValue(random, depth + 1)}${space(random)}`,
  );
  return `${depth === 0 ? space(random) : ""}{${items.length ? items.join(",") : space(random)}}${depth === 0 ? space(random) : ""}`;
}

function writeValue(random: () => number, depth: number): string {
  const kind = Math.floor(random() * (depth > 6 ? 4 : 6));
  if (kind === 0) return pick(random, ["true", "false", "null"]);
  if (kind === 1) return pick(random, ["0", "-1.5e10", "123", "1E-3", "-0"]);
  if (kind <= 3) return writeString(random);
  if (kind === 4) return writeObject(random, depth);
  const items = Array.from(
    { length: Math.floor(random() * 5) },
    () => space(random) + writeValue(random, depth + 1) + space(random),
  );
  return `[${items.length ? items.join(",") : space(random)}]`;
}

function writeString(random: () => number): string {
  const pieces = [
    "a",
    "data:",
    '\\"',
    "\\\\",
    "\\n",
    "\\u4e91",
    "云",
    "🌩️",
    "{",
    "]",
    ",",
    ":",
    "long text without anything special in it ",
    "\\/",
  ];
  const length = random() < 0.2 ? 60 : Math.floor(random() * 8);
  return `"${Array.from({ length }, () => pick(random, pieces)).join("")}"`;
}

const pick = <T>(random: () => number, values: T[]): T => values[Math.floor(random() * values.length)] as T;
const space = (random: () => number) => (random() < 0.7 ? "" : pick(random, [" ", "\n", "\r\n\t", "  "]));

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
