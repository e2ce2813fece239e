// Runs one of Sahab's engines, as the program does. Its argument has the engine's options in JSON. The engine's child inherits the cores of this process.
import { Engine, type EngineOptions } from "../../src/engine/index.ts";

const options = JSON.parse(process.argv[2] ?? "") as Omit<EngineOptions, "log">;
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: object, message: string) => console.error(message, JSON.stringify(fields)),
};
const engine = new Engine({ ...options, log });
process.on("SIGTERM", () => void engine.stop({ graceMs: 0 }).then(() => process.exit(0)));
// Both clocks are the system's, so the reader can subtract.
console.log(`starts at ${Date.now()}.`);
engine.start();
await engine.whenReady(120_000);
const { pid, loadMs, tuning } = await engine.status();
console.log(`is ready: ${JSON.stringify({ pid, loadMs, tuning })};`);
