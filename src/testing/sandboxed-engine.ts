// Starts an engine with nano in the way that the first argument names, and tells what became of it. For systems that are made to
// lack something.
import { startTestEngine, nanoFile } from "./engine.ts";

const sandbox = process.argv[2] === "require" ? "require" : "auto";
const running = await startTestEngine({ file: nanoFile, sandbox });
const error = await running.engine.whenReady(30_000).then(
  () => null,
  (thrown: unknown) => String(thrown),
);
const status = await running.engine.status();
await running.close();
process.stdout.write(JSON.stringify({ state: status.state, sandbox: status.sandbox, error, lines: running.lines }));
