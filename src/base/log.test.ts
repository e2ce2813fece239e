import { expect, test } from "bun:test";
import { join } from "node:path";

/** What a log prints of a message, a field and an error that hold the text. */
async function print(pretty: boolean, text: string): Promise<string> {
  const module = JSON.stringify(join(import.meta.dir, "log.ts"));
  const code = `const { openLog } = await import(${module});
    const text = ${JSON.stringify(text)};
    openLog({ level: "info", pretty: ${pretty} }).warn({ err: new Error(text), field: text }, text);`;
  const child = Bun.spawn([process.execPath, "-e", code], { stderr: "pipe", env: { NO_COLOR: "1" } });
  const printed = await new Response(child.stderr).text();
  expect(await child.exited).toBe(0);
  return printed;
}

const text = String.raw`C:\users a\u202eb` + '\u001b[31m\u009b\r\u2028\u{e0041}\u0000 "end"';
const shown = String.raw`C:\users a\u202eb\u001b[31m\u009b\r\u2028\udb40\udc41\u0000 "end"`;
const unprintable = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}]/u;

test("a line of JSON means what was logged, and holds nothing that a terminal acts on", async () => {
  const printed = await print(false, text);
  expect(printed).not.toMatch(unprintable);
  expect(printed.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(printed)).toMatchObject({ msg: text, field: text, err: { message: text } });
});

test("a pretty line shows the escapes; a stack has its lines", async () => {
  const printed = await print(true, text);
  expect(printed).not.toMatch(unprintable);
  // The message, the field, and the error with its stack; some are in quotes.
  const unquoted = printed.replaceAll(String.raw`\\`, "\\").replaceAll(String.raw`\"`, '"');
  expect(unquoted.split(shown)).toHaveLength(5);
  expect(printed).toMatch(/\n\s+at /);
});
