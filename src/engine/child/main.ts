// The process that runs one model. Its parent starts it, talks with it over the IPC channel and lives longer than it.
import { rmSync } from "node:fs";
import { SahabError, toSahabError } from "../../base/errors.ts";
import { placeOf } from "../../base/place-of.ts";
import { encodeError, type ChildMessage, type ChildOptions, type ParentMessage } from "../protocol.ts";
import { memoryBound, sealSandbox } from "../sandbox/index.ts";
import { makeSocketFolder } from "../socket-path.ts";
import { loadModel } from "./load-model.ts";
import { serve, type Server } from "./serve.ts";

const startMs = performance.now();
const options = JSON.parse(process.argv[2] ?? "") as ChildOptions;
const tell = (message: ChildMessage) => {
  try {
    process.send?.(message);
  } catch {
    // The parent has just gone; "disconnect" follows.
  }
};
let server: Server | undefined;
// Its socket is for its owner only; a sealed process cannot change the mode of a file.
process.umask(0o077);

// Without its parent, nothing would ever stop this process.
process.on("disconnect", () => exit(0));
process.on("message", (message: ParentMessage) => {
  if (message.type === "drain") void (server?.drain() ?? Promise.resolve()).then(() => exit(0));
  else if (message.type === "end") end();
  else if (message.type === "sleep") {
    const isOver = server?.sleep(message.isGentle);
    tell({ type: "sleeps", yes: isOver !== undefined });
    void isOver?.then(() => exit(0));
  } else tell({ type: "status", id: message.id, status: server?.status() ?? null });
});
// Ctrl-C in a terminal and a stop by systemd reach every process of the group; the parent decides what to do.
process.on("SIGINT", () => undefined);
const parent = process.ppid;
process.on("SIGTERM", () => {
  if (!process.connected || process.ppid !== parent) end();
});

try {
  makeSocketFolder(options.socketPath);
  const log = (message: string, fields: Record<string, unknown>) =>
    tell({ type: "log", level: "warn", message, fields });
  const loaded = await loadModel(options, {
    log,
    beforeWeights({ header }) {
      const memoryBytesMax = memoryBound(header, options);
      tell({ type: "sealed", sandbox: sealSandbox(options.sandbox), memoryBytesMax });
    },
  });
  server = serve(loaded, { socketPath: options.socketPath, log });
  rmSync(`${options.socketPath}.failed`, { force: true });
  for (const warning of loaded.templateWarnings)
    tell({
      type: "log",
      level: "warn",
      message: "the model's chat template has a problem",
      fields: { problem: warning },
    });
  tell({
    type: "ready",
    loadMs: Math.round(performance.now() - startMs),
    contextTokens: loaded.contextTokens,
    tuning: loaded.tuning,
  });
  void loaded.tune().then(
    (tuned) => tuned && tell({ type: "tuned", ...tuned }),
    (error: unknown) => log("the threads were not measured", { reason: placeOf(error) }),
  );
} catch (thrown) {
  const error = toSahabError(thrown);
  if (error.code === "internal_error")
    process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
  tell({ type: "failed", error: encodeError(error) });
  // Long enough for the message to be sent.
  setTimeout(() => exit(1), 50);
}

function end(): void {
  server?.abort(
    new SahabError("shutting_down", `Model ${options.name} was stopped while it answered`, { retryAfterS: 1 }),
  );
  exit(0);
}

function exit(code: number): void {
  server?.unlink();
  process.exit(code);
}
