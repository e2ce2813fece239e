import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { putIn, takeOut } from "./edit-settings.ts";
import { settingsFormat, type FormatName } from "./format/index.ts";
import type { SettingsValue } from "./settings-file.ts";

// A person's settings with Sahab's values put in and taken out: everything else stays, word for word where it is not touched.

const values: SettingsValue[] = [
  { path: ["model"], value: "chat" },
  { path: ["deep", "er", "limit"], value: 4096 },
  { path: ["providers", "sahab"], value: { name: "Sahab", url: "http://127.0.0.1:8787/v1", headers: { a: "b" } } },
];

const written: Record<Exclude<FormatName, "env" | "text">, string> = {
  json: `{
    // mine
    "model": "old", /* why */
    "providers": {
        "mine": { "url": "https://example.com" }, // stays
    },
    "list": [1, 2, 3],
}
`,
  yaml: `# mine
model: old # why
providers:
    # stays
    mine:
        url: https://example.com

list: [1, 2, 3]
`,
  toml: `# mine
model = "old" # why
list = [1, 2, 3]
when = 2026-11-26T10:00:00Z

# stays
[providers.mine]
url = "https://example.com"

[[servers]]
name = "one" # first
`,
};

describe.each(Object.entries(written) as [keyof typeof written, string][])("%s", (name, text) => {
  test("everything else stays, comments too", () => {
    const { text: next } = putIn(name, text, values);
    expect(settingsFormat(name).parse(next)).toMatchObject({
      model: "chat",
      deep: { er: { limit: 4096 } },
      providers: { mine: { url: "https://example.com" }, sahab: { headers: { a: "b" } } },
      list: [1, 2, 3],
    });
    for (const comment of ["mine", "why", "stays"]) expect(next).toMatch(new RegExp(`(?:#|//|/\\*) ${comment}`));
  });

  test("what a person has changed since stays, and what was there before is back", () => {
    const put = putIn(name, text, values);
    const changed = putIn(name, put.text, [
      { path: ["mine", "since"], value: true },
      { path: ["deep", "er", "limit"], value: 1 },
      { path: ["deep", "own"], value: "x" },
    ]).text;
    const out = takeOut(name, changed, text, put.written);
    expect(out).toMatchObject({ kept: ["deep.er.limit"], lost: [] });
    expect(settingsFormat(name).parse(out.text ?? "")).toEqual({
      ...(settingsFormat(name).parse(text) as object),
      mine: { since: true },
      deep: { er: { limit: 1 }, own: "x" },
    });
    for (const comment of ["mine", "why", "stays"]) expect(out.text).toContain(` ${comment}`);
  });

  test("a block of Sahab's goes as a whole, and says what went with it", () => {
    const put = putIn(name, text, values);
    const changed = putIn(name, put.text, [{ path: ["providers", "sahab", "timeout"], value: 5 }]).text;
    const out = takeOut(name, changed, text, put.written);
    expect(out).toMatchObject({ kept: [], lost: ["providers.sahab"] });
    expect(settingsFormat(name).parse(out.text ?? "")).toEqual(settingsFormat(name).parse(text));
  });

  test("a new file goes again, unless there is something of a person's in it", () => {
    const put = putIn(name, undefined, values);
    expect(takeOut(name, put.text, undefined, put.written).text).toBeUndefined();
    const changed = putIn(name, put.text, [{ path: ["mine"], value: 1 }]).text;
    expect(settingsFormat(name).parse(takeOut(name, changed, undefined, put.written).text ?? "")).toEqual({ mine: 1 });
  });

  test("Windows' ends of lines and a byte order mark stay", () => {
    const windows = `\uFEFF${text.replaceAll("\n", "\r\n")}`;
    const put = putIn(name, windows, values);
    expect(put.text).toStartWith("\uFEFF");
    expect(put.text.replaceAll("\r\n", "")).not.toContain("\n");
  });

  test("an empty file is as good as none", () => {
    for (const empty of ["", "\n"])
      expect(settingsFormat(name).parse(putIn(name, empty, values).text)).toMatchObject({ model: "chat" });
  });
});

const broken: [FormatName, string, number][] = [
  ["json", '{\n  "a": 1\n  "b": 2\n}', 3],
  ["yaml", "a: 1\nb: [1, 2\nc: 3\n", 3],
  ["toml", "a = 1\nb = [1, 2\nc = = 3\n", 3],
  ["toml", "a = 1\na = 2\n", 2],
  ["yaml", "a: 1\na: 2\n", 2],
];
test.each(broken)("%s that is broken (%j) is not touched; the line is told", (name, text, line) => {
  let fault: unknown;
  try {
    putIn(name, text, values);
  } catch (cause) {
    fault = cause;
  }
  expect(fault).toMatchObject({ message: expect.stringMatching(/^it is no (?:JSON|YAML|TOML): /), line });
});

test("comments around what is taken out of TOML stay where they are", () => {
  const text = "# of the file\n\n# of the table\n[a]\nb = 1\n";
  const put = putIn("toml", text, [
    { path: ["model"], value: "chat" },
    { path: ["providers", "sahab"], value: { name: "Sahab", models: ["chat"], more: { deep: true } } },
  ]);
  const since = `${put.text}\n# of mine\n[mine]\nc = 2\n`;
  expect(takeOut("toml", since, text, put.written).text).toBe(`${text}\n# of mine\n[mine]\nc = 2\n`);
});

test.each(["json", "yaml", "toml"] as const)("something else in the place of an object of %s is told", (name) => {
  const text = settingsFormat(name).set(settingsFormat(name).empty, ["providers"], "none");
  expect(() => putIn(name, text, values)).toThrow("expected an object at providers, found a string");
});

describe("lists", () => {
  const entry = (url: string): SettingsValue[] => [
    { path: ["models", { where: "name", is: "Sahab" }], value: { name: "Sahab", url } },
  ];

  test.each([
    ["yaml", "models:\n  - name: mine # first\n    url: x\n"],
    ["yaml", "models: []\n"],
    ["yaml", "models:\n"],
    ["json", '{ "models": [ { "name": "mine", "url": "x" } /* first */ ] }'],
  ] as const)("of %s (%j) get an entry, which takes the place of a former one of its name", (name, text) => {
    const before = settingsFormat(name).parse(text) as { models: unknown[] | null };
    const once = putIn(name, text, entry("one"));
    const twice = putIn(name, once.text, entry("two"));
    expect(settingsFormat(name).parse(twice.text)).toEqual({
      models: [...(before.models ?? []), { name: "Sahab", url: "two" }],
    });
    const out = settingsFormat(name).parse(takeOut(name, twice.text, text, twice.written).text ?? "") as typeof before;
    expect(out.models ?? []).toEqual(before.models ?? []);
    if (text.includes("first")) expect(twice.text).toContain("first");
  });

  test("at the top of a file", () => {
    const put = putIn("yaml", undefined, [{ path: [{ where: "id", is: "a" }], value: { id: "a" } }]);
    expect(settingsFormat("yaml").parse(put.text)).toEqual([{ id: "a" }]);
    const second = putIn("yaml", put.text, [{ path: [{ where: "id", is: "b" }], value: { id: "b" } }]);
    expect(settingsFormat("yaml").parse(second.text)).toEqual([{ id: "a" }, { id: "b" }]);
    expect(takeOut("yaml", put.text, undefined, put.written).text).toBeUndefined();
  });
});

describe("lines of variables", () => {
  const given = `# keys\nexport A="x\ny" # two lines\nGEMINI_API_KEY=old\n\nB = 2\n`;

  test("are replaced where they are, and added at the end", () => {
    const put = putIn("env", given, [
      { path: ["GEMINI_API_KEY"], value: "new" },
      { path: ["BASE"], value: "http://127.0.0.1:1" },
    ]);
    expect(put.text).toBe(
      `# keys\nexport A="x\ny" # two lines\nGEMINI_API_KEY=new\n\nB = 2\nBASE=http://127.0.0.1:1\n`,
    );
    const out = takeOut("env", `${put.text}C=3\n`, given, put.written);
    expect(out.text).toBe(`${given}C=3\n`);
  });

  test("that stand in another's value are not taken for lines", () => {
    expect(settingsFormat("env").parse('A="\nB=1\n"\nB=2')).toEqual({ A: "\nB=1\n", B: "2" });
  });

  test("of one name are all replaced, since the last one counts", () => {
    expect(putIn("env", "A=1\nB=2\nA=3", [{ path: ["A"], value: "4" }]).text).toBe("B=2\nA=4\n");
  });
});

describe("whatever else is there", () => {
  const name = fc.stringMatching(/^[a-z]{1,3}$/);
  const leaf = fc.oneof(fc.string({ unit: "grapheme-ascii" }), fc.integer(), fc.boolean());
  const tree = fc.letrec<{ node: unknown; object: Record<string, unknown> }>((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, leaf, fc.array(leaf, { maxLength: 3 }), tie("object")),
    object: fc.dictionary(name, tie("node"), { maxKeys: 4, noNullPrototype: true }),
  })).object;

  test.each(["json", "yaml", "toml"] as const)("%s: values go in and out again", (format) => {
    const { empty, parse, set } = settingsFormat(format);
    fc.assert(
      fc.property(tree, fc.array(name, { minLength: 1, maxLength: 3 }), leaf, (mine, path, value) => {
        const before = Object.entries(mine).reduce((text, [key, one]) => set(text, [key], one), empty);
        let put: ReturnType<typeof putIn>;
        try {
          put = putIn(format, before, [{ path, value }]);
        } catch {
          return; // something else is in the way, which another test is about
        }
        const mineSince = set(put.text, ["since"], 1);
        const out = takeOut(format, mineSince, before, put.written);
        expect(parse(out.text ?? empty)).toEqual({ ...(parse(before) as object), since: 1 });
      }),
      { numRuns: 200 },
    );
  });
});
