import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Attempt, type NeutralRequest, type OutgoingCall } from "../call/index.ts";
import { chatRequest, startTestEngine } from "../testing/engine.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { createEngineUpstream } from "./engine-upstream.ts";

const folder = makeTemporaryFolder();
let running: Awaited<ReturnType<typeof startTestEngine>> | undefined;
afterEach(async () => {
  await running?.close();
  removeTemporaryFolder(folder);
});

/** The real child, whose JavaScript does not end where a text asks for it. */
const stuckProgram = `const real = String.prototype.toWellFormed;
String.prototype.toWellFormed = function () { while (this.includes("loop forever")); return real.call(this); };
await import(${JSON.stringify(join(import.meta.dir, "child", "main.ts"))});`;

test("an engine whose JavaScript is stuck is ended within ten seconds, and what did it twice is refused", async () => {
  const program = join(folder, "stuck.ts");
  writeFileSync(program, stuckProgram);
  running = await startTestEngine({ program, askMs: 100 });
  await running.engine.whenReady(15_000);
  const upstream = createEngineUpstream(running.client());
  const ask = async (text: string) => {
    const request = chatRequest(text);
    const call = {
      operation: "chat",
      promptBytes: text.length,
      choiceCount: 1,
      decode: (): NeutralRequest => ({ operation: "chat", request }),
    } as OutgoingCall;
    const attempt = new Attempt({ provider: "local", model: "test" }, { hasAlternative: false });
    try {
      const answer = await upstream.open(call, attempt);
      answer.cancel();
      return "answered";
    } catch (error) {
      return error as { code: string; message: string };
    }
  };
  expect(await ask("Hello")).toBe("answered");
  // Another caller's request waits with it; it is answered once the engine is back.
  const [first, innocent] = await Promise.all([ask("loop forever"), ask("Innocent")]);
  expect(first).toMatchObject({ code: "engine_crashed", message: "The engine of model test ended while it answered" });
  expect(await ask("Innocent")).toBe("answered");
  expect(["answered", "engine_crashed"]).toContain(typeof innocent === "string" ? innocent : innocent.code);
  const [second, again] = await Promise.all([ask("loop forever"), ask("Innocent")]);
  expect(second).toMatchObject({ code: "engine_crashed" });
  expect(["answered", "engine_crashed"]).toContain(typeof again === "string" ? again : again.code);
  expect(await ask("loop forever")).toMatchObject({
    code: "unsupported_operation",
    message: expect.stringContaining("has ended 2 times while it read this request") as string,
  });
  expect(await ask("Innocent")).toBe("answered");
  expect(await running.engine.status()).toMatchObject({ state: "ready", restarts: 2 });
});

test("a prompt that is certainly too long is refused before it is decoded; what may fit is decoded", async () => {
  running = await startTestEngine();
  await running.engine.whenReady(15_000);
  const client = running.client();
  await client.status({ signal: new AbortController().signal });
  const upstream = createEngineUpstream(client);
  const open = (promptBytes: number, operation: OutgoingCall["operation"] = "chat") => {
    const call = {
      operation,
      promptBytes,
      choiceCount: 1,
      decode(): never {
        throw new Error("decoded");
      },
    } as unknown as OutgoingCall;
    const attempt = new Attempt({ provider: "local", model: "test" }, { hasAlternative: false });
    return upstream.open(call, attempt).then(
      () => "opened",
      (error: unknown) => (error as Error).message,
    );
  };
  expect(await open(32 * 1024 * 1024)).toMatch(
    /^prompt is too long: it has 33554432 bytes; this model's maximum context length is 1024 tokens of at most \d+ bytes \(test\)$/,
  );
  expect(await open(32 * 1024 * 1024, "token-count")).toBe("decoded");
  // As long as 1,024 tokens can be, with each byte escaped.
  const { promptBound } = client;
  expect(await open(6 * 1024 * (promptBound?.tokenBytesMax ?? 0))).toBe("decoded");
});
