import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { chatRequest, collect, never } from "../testing/engine.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { EngineClient } from "./index.ts";

const folder = makeTemporaryFolder();
const socketPath = join(folder, "engine.sock");
let listener: { stop(force: boolean): void } | undefined;
afterEach(() => {
  listener?.stop(true);
  removeTemporaryFolder(folder);
});

/** A child that greets and answers nothing, but says that it is alive for some time. */
function listen(aliveForMs: number): void {
  listener = Bun.listen({
    unix: socketPath,
    socket: {
      open(socket) {
        socket.write('{"hello":true}\n');
        const timer = setInterval(() => socket.write('{"alive":true}\n'), 50);
        setTimeout(() => clearInterval(timer), aliveForMs);
      },
      data: () => undefined,
    },
  });
}

test("a call waits as long as the child is alive, and ends when nothing more comes from it", async () => {
  listen(1_000);
  const client = new EngineClient({ name: "silent", socketPath, silentMs: 300 });
  const startMs = performance.now();
  const error = await collect(client.chat(chatRequest("Hi"), { signal: never() })).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "engine_unavailable",
    message: "The engine of model silent has not answered for 0.3 s",
  });
  expect(performance.now() - startMs).toBeWithin(1_000, 10_000);
  client.close();
});
