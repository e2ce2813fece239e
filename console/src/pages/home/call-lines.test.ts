import { expect, test } from "bun:test";
import { callLines } from "./call-lines.ts";

const call = { origin: "http://127.0.0.1:8787", model: "nano", key: "sk-x", question: 'What\'s "Sahab"?' };

test("the shell reads the line as it is meant", () => {
  const line = callLines("curl", call).replace(/^curl /, "printf '%s\\n' ");
  const words = Bun.spawnSync(["sh", "-c", line]).stdout.toString().trimEnd().split("\n");
  expect(words[0]).toBe("http://127.0.0.1:8787/v1/chat/completions");
  expect(words[2]).toBe("Authorization: Bearer sk-x");
  expect(JSON.parse(words.at(-1) ?? "")).toEqual({
    model: "nano",
    messages: [{ role: "user", content: call.question }],
  });
});

test("the other languages quote what they hold", () => {
  expect(callLines("python", call)).toContain(String.raw`"content": "What's \"Sahab\"?"`);
  expect(callLines("typescript", call)).toContain(String.raw`content: "What's \"Sahab\"?"`);
});
