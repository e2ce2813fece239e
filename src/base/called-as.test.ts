import { expect, test } from "bun:test";
import { runCommand } from "../testing/run-command.ts";
import { asCalled, callName } from "./called-as.ts";

test("a command is named as it was called", () => {
  expect(callName({})).toBe("sahab");
  expect(callName({ npm_lifecycle_event: "sahab", SAHAB_CALLED_AS: "node bin/sahab.mjs" })).toBe("npm run sahab --");
  expect(callName({ npm_lifecycle_event: "npx" })).toBe("npx sahab");
  expect(callName({ npm_lifecycle_event: "test", SAHAB_CALLED_AS: "node bin/sahab.mjs" })).toBe("node bin/sahab.mjs");
});

test("commands in a text are renamed, and words about them are not", () => {
  const text = "Add one: sahab pull FILE, or sahab apply -f a (sahab key list); what sahab login remembers; `sahab up`";
  expect(asCalled(text, "npm run sahab --")).toBe(
    "Add one: npm run sahab -- pull FILE, or npm run sahab -- apply -f a (npm run sahab -- key list); what sahab login remembers; `npm start`",
  );
});

test("errors of commands name them so", async () => {
  const { stderr } = await runCommand(["connect", "codex", "--undo"], { env: { npm_lifecycle_event: "sahab" } });
  expect(stderr).toContain("There is nothing to undo: npm run sahab -- connect codex --write was not run here");
});

test("help names them so, but for the lines that make a command sahab complete itself", async () => {
  const help = async (...args: string[]) =>
    (await runCommand([...args, "--help"], { env: { npm_lifecycle_event: "sahab" } })).stdout;
  expect(await help()).toContain(
    "Start here:  npm start      then, in another terminal:  npm run sahab -- chat nano\n",
  );
  expect(await help("plan", "fit")).toMatch(
    /^Usage: npm run sahab -- plan fit .*[^]*\nExamples:\n {2}npm run sahab -- plan fit deepseek-v3/,
  );
  expect(await help("backup")).toContain("SAHAB_DATA=NEW-FOLDER npm run sahab -- restore FILE");
  expect(await help("completion")).toContain("source <(sahab completion bash)");
});
