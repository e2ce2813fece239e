import { expect, test } from "bun:test";
import { parseOptions } from "./options.ts";

test("agents and vendors are chosen by name, and a wrong name says which there are", () => {
  const options = parseOptions(["--only", "codex,llm", "--vendors", "gemini"]);
  if (options === "help") throw new Error("no help was asked for");
  expect(options.agents.map(({ name }) => name)).toEqual(["codex", "llm"]);
  expect(options.vendors.map(({ api }) => api)).toEqual(["gemini"]);
  expect(() => parseOptions(["--only", "codx"])).toThrow(/"codx"; allowed: codex, /);
});
