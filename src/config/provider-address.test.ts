import { describe, expect, test } from "bun:test";
import { CloudConfigError, type CloudConfig } from "./cloud-config.ts";
import { describeMended } from "./describe-mended.ts";
import { findDoubts } from "./find-doubts.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";

const documentOf = (base_url: string, vendor: string) => ({ providers: [{ name: "p", vendor, base_url }] });
const parse = (address: string, vendor = "compatible") => parseCloudConfig(documentOf(address, vendor));
const addressIn = (config: CloudConfig) => config.providers[0]?.base_url;
const warningsOf = (address: string, vendor = "compatible") => {
  const document = documentOf(address, vendor);
  const config = parseCloudConfig(document);
  return [...describeMended(document, config), ...findDoubts(config)];
};
function problemsOf(address: string): string[] {
  try {
    parse(address);
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("what clients add themselves is left out", () => {
  const cases: [found: string, used: string][] = [
    ["http://h:1/v1", "http://h:1/v1"],
    ["http://h:1/v1/", "http://h:1/v1"],
    ["http://h:1/v1//", "http://h:1/v1"],
    [" http://h:1/v1 ", "http://h:1/v1"],
    ["http://h:1/v1\r\n", "http://h:1/v1"],
    ["\ufeffhttp://h:1/v1", "http://h:1/v1"],
    ["http://h:1//up//v1", "http://h:1/up/v1"],
    ["http://h:1/v1/v1", "http://h:1/v1"],
    ["http://h:1/v1/chat/completions", "http://h:1/v1"],
    ["http://h:1/v1/chat/completions/", "http://h:1/v1"],
    ["http://h:1/v1//chat/completions/chat/completions", "http://h:1/v1"],
    ["http://h:1/v1/Chat/Completions", "http://h:1/v1"],
    ["http://h:1/v1/chat", "http://h:1/v1"],
    ["http://h:1/v1/completions", "http://h:1/v1"],
    ["http://h:1/v1/embeddings", "http://h:1/v1"],
    ["http://h:1/v1/models", "http://h:1/v1"],
    ["http://h:1/v1/responses", "http://h:1/v1"],
    ["http://h:1/v1/messages", "http://h:1/v1"],
    ["http://h:1/v1/messages/count_tokens", "http://h:1/v1"],
    ["http://h:1/api/v3/chat/completions", "http://h:1/api/v3"],
    ["http://h:1/compatible-mode/v1/chat/completions", "http://h:1/compatible-mode/v1"],
    ["https://H.example:443/v1", "https://h.example/v1"],
    ["http://[::1]:11434/v1", "http://[::1]:11434/v1"],
    // What looks alike and is not.
    ["http://h:1/models", "http://h:1/models"],
    ["http://h:1/v1beta/openai", "http://h:1/v1beta/openai"],
    ["http://h:1/my-completions", "http://h:1/my-completions"],
    ["http://h:1/v1/messages-of-mine", "http://h:1/v1/messages-of-mine"],
  ];
  for (const [found, used] of cases) {
    test(JSON.stringify(found), () => expect(addressIn(parse(found))).toBe(used));
  }
});

describe("an address that cannot work is refused", () => {
  const cases: [string, RegExp][] = [
    ["h:1/v1", /expected an http or https address, such as/],
    ["localhost:11434", /expected an http or https address, such as/],
    ["", /expected an http or https address/],
    ["http://", /expected an http or https address/],
    ["http://h:99999/v1", /expected an http or https address/],
    ["https://https://h/v1", /http:\/\/ or https:\/\/ once/],
    ["http://h:0/v1", /port from 1 to 65535/],
    ["http://h/v1 /x", /without white space/],
    ["http://h/v\n1", /without white space/],
    ["http://h/v1\u200b", /without invisible characters; there is U\+200B/],
    ["https://{resource}.example/v1", /placeholder/],
    ["https://h.example/<deployment>/v1", /placeholder/],
    ["http://h:11434/api/chat", /Ollama.*http:\/\/h:11434\/v1/],
    ["https://h/v1beta/models/gemini:generateContent", /one operation/],
    ["http://user:pw@h/v1", /without user, query or fragment/],
    ["http://h/v1?api-version=1", /without user, query or fragment/],
  ];
  for (const [address, message] of cases) {
    test(JSON.stringify(address), () => {
      const problems = problemsOf(address);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toStartWith("providers[0].base_url: ");
      expect(problems[0]).toMatch(message);
    });
  }
});

test("what was mended by more than a slash or white space is told, with the address that is used", () => {
  for (const address of ["http://h:1/v1", "http://h:1/v1/", " http://h:1/v1\n"])
    expect(warningsOf(address)).toEqual([]);
  for (const address of ["http://h:1//v1", "http://h:1/v1/v1", "http://h:1/v1/chat/completions"]) {
    expect(warningsOf(address)).toEqual([
      expect.stringMatching(/^providers\[0\]\.base_url: .*http:\/\/h:1\/v1 is used/),
    ]);
  }
});

test("an address without a path is told where the vendor has no own meaning for it", () => {
  expect(warningsOf("http://h:1")).toEqual([expect.stringMatching(/^provider p: .*calls go to http:\/\/h:1\/v1;/)]);
  expect(warningsOf("https://h:1/", "anthropic")).toEqual([]);
});

test("an address that was mended is the same one again: nothing changes when it is applied twice", () => {
  const config = parse("http://h:1//v1/chat/completions/");
  expect(parseCloudConfig(config)).toEqual(config);
});
