import { afterEach, expect, test } from "bun:test";
import { chatRequest, collect, never, nanoFile, startTestEngine } from "../testing/engine.ts";
import { logLines } from "./log-lines.ts";

const marker = "SECRETPROMPT of a client";
let running: Awaited<ReturnType<typeof startTestEngine>> | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** What llama.cpp prints about grammars that it cannot parse: as it is, and as the engine logs it. */
async function linesOf(grammars: string[]): Promise<{ raw: string; lines: string[] }> {
  const script = `
    import { getLlama } from "node-llama-cpp";
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logger: () => {} });
    for (const grammar of ${JSON.stringify(grammars)}) await llama.createGrammar({ grammar }).catch(() => {});
    console.error("the end");
  `;
  const child = Bun.spawn([process.execPath, "-e", script], {
    cwd: import.meta.dir,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [forTest, forLog] = child.stderr.tee();
  const lines: string[] = [];
  const [raw] = await Promise.all([new Response(forTest).text(), logLines(forLog, (line) => lines.push(line))]);
  await child.exited;
  return { raw, lines };
}

test("grammars that llama.cpp prints do not reach the log", async () => {
  const { raw, lines } = await linesOf([
    `root ::= "${marker}" a\na ::= [a-z]{5000,9000}\nb ::= "${marker}"\n`,
    // The error itself quotes the place.
    `root ::= "a" ) "${marker}"\n`,
    `root ::= "${marker}${"x".repeat(90_000)}${marker}" a\n`,
  ]);
  expect(raw).toContain(marker);
  expect(lines.join("\n")).not.toContain("SECRETPROMPT");
  expect(lines.at(-1)).toBe("the end");
  expect(lines[0]).toBe("llama.cpp could not parse a grammar");
});

test("long lines are cut, and of too many lines only the number is logged", async () => {
  const lines: string[] = [];
  const text = `${"x".repeat(2_000)}\n${"flood\n".repeat(500)}`;
  await logLines(new Response(text).body as ReadableStream<Uint8Array>, (line) => lines.push(line));
  expect(lines[0]).toBe("x".repeat(500));
  // Twice the bound, should a second begin in between.
  expect(lines.length).toBeWithin(50, 102);
});

test("schemas with wide bounds are served, and their texts stay out of the log", async () => {
  running = await startTestEngine({ file: nanoFile });
  const client = running.client();
  const ask = (schema: Record<string, unknown>) =>
    collect(
      client.chat(
        chatRequest("Wide", { responseFormat: { type: "json-schema", name: "wide", schema, strict: true } }),
        { signal: never() },
      ),
    );
  const wide = {
    type: "object",
    properties: {
      a: { enum: [marker] },
      b: { type: "string", minLength: 5000, maxLength: 9000 },
      c: { type: "array", items: { type: "string", maxLength: 2500 }, maxItems: 9000 },
    },
    required: ["a", "b"],
    additionalProperties: false,
  };
  expect((await ask(wide)).texts[0]).toStartWith("{");
  // llama.cpp would refuse a grammar that refers to itself at once, and print it.
  const looped = { $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { const: marker }] } } };
  expect((await ask(looped)).texts[0]).toStartWith('"SECRET');
  const tooWide = { type: "array", maxItems: 10_001, items: { const: marker } };
  const error = (await ask(tooWide).catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: "invalid_request" });
  expect(error.message).toContain("schema.maxItems: expected at most 10000, found 10001");
  await running.close();
  expect(running.lines.join("\n")).not.toContain("SECRETPROMPT");
});
