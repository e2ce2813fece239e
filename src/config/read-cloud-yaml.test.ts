import { describe, expect, test } from "bun:test";
import { readCloudYaml } from "./read-cloud-yaml.ts";

test("JSON and YAML of the same document are the same", () => {
  const yaml = 'models:\n  - name: a\n    \'x:"y"\': [1, 2.5, null, true, {}]\n    text: \'a"b\\: "c":\'\n';
  const value = readCloudYaml(yaml);
  expect(value).toEqual({ models: [{ name: "a", 'x:"y"': [1, 2.5, null, true, {}], text: 'a"b\\: "c":' }] });
  expect(readCloudYaml(JSON.stringify(value))).toEqual(value);
  expect(readCloudYaml(JSON.stringify(value, null, 2))).toEqual(value);
});

describe("a number that would not arrive as it is written is kept as text, in JSON too", () => {
  const cases: [string, unknown][] = [
    ["0.1", 0.1],
    ["1e-7", 1e-7],
    ["-1", -1],
    ["123456789012345", 123456789012345],
    ["-0", "-0"],
    ["-0.0", "-0.0"],
    ["0.15000000000000000001", "0.15000000000000000001"],
    ["0.30000000000000004", "0.30000000000000004"],
    ["9007199254740993", "9007199254740993"],
    ["1e999", "1e999"],
    ["1E+400", "1E+400"],
  ];
  for (const [text, value] of cases) {
    test(text, () => {
      expect(readCloudYaml(`price: ${text}`)).toEqual({ price: value });
      expect(readCloudYaml(`{"price":${text}}`)).toEqual({ price: value });
    });
  }
  test("what YAML has beside", () => {
    expect(readCloudYaml("a: .inf\nb: -.INF\nc: .NaN")).toEqual({ a: ".inf", b: "-.INF", c: ".NaN" });
  });
});

describe("a key that is there twice is refused, since one of the two would be lost", () => {
  for (const text of [
    "models: []\nmodels: []",
    '{"models":[],"models":[]}',
    '{"models":[{"name":"a","name":"b"}]}',
    String.raw`{"models":[],"mod\u0065ls":[]}`,
  ])
    test(text, () => expect(() => readCloudYaml(text)).toThrow(/must be unique/));
});

test("anchors are followed, and taken into other maps", () => {
  const base = { vendor: "compatible", region: "cn" };
  expect(readCloudYaml("a: &b { vendor: compatible, region: cn }\nc: *b\nd: { <<: *b, region: eu }")).toEqual({
    a: base,
    c: base,
    d: { ...base, region: "eu" },
  });
  for (const text of ["a: &b [*b]", "a: &b { c: [{ d: *b }] }", "&b a: *b"]) {
    if (text.startsWith("&")) expect(readCloudYaml(text)).toEqual({ a: "a" });
    else
      expect(() => readCloudYaml(text)).toThrow(
        "An alias (*) is within what its anchor (&) names, which would have no end",
      );
  }
});

test("a second document is refused, since one of the two would be lost", () => {
  for (const text of ["a: 1\n---\na: 2", "a: 1\n---\n"])
    expect(() => readCloudYaml(text)).toThrow("One document is allowed; after the line --- another one begins");
  expect(readCloudYaml("---\na: 1\n...\n")).toEqual({ a: 1 });
});

test("large JSON is read in a moment, and large YAML is refused where others wait", () => {
  const item = { name: "a-model", targets: [{ provider: "p", model: "m" }] };
  const document = { models: Array.from({ length: 100_000 }, () => item) };
  const json = JSON.stringify(document);
  const startedMs = performance.now();
  expect(readCloudYaml(json, 1_000)).toEqual(document);
  // As YAML this takes more than ten seconds.
  expect(performance.now() - startedMs).toBeLessThan(4_000);
  expect(() => readCloudYaml("a: 1\n".repeat(300), 1_000)).toThrow(
    "YAML of at most 1000 characters is read here, this has 1500; send JSON",
  );
});

test("nesting without end is an error, not a crash", () => {
  expect(() => readCloudYaml("[".repeat(200_000))).toThrow("More than 1000 brackets are open at once");
  expect(() => readCloudYaml(`{"a":${"[".repeat(200_000)}`)).toThrow("More than 1000 brackets are open at once");
});

test("marked keys within each other, for which the parser would take minutes, are refused", () => {
  for (const mark of ["? ", "- ? ", "? &a ", "?\n "])
    expect(() => readCloudYaml(mark.repeat(2_000))).toThrow('2000 keys are marked by "?"; at most 50 are allowed');
  expect(readCloudYaml("? name\n: a ? b ? c?\n")).toEqual({ name: "a ? b ? c?" });
});
