import { lowerPriority } from "../../base/lower-priority.ts";
import { dialects } from "../registry.ts";
import { doTask } from "./do-task.ts";
import type { FromThread, ToThread } from "./messages.ts";

// The thread for large bodies: see body-thread.ts.

lowerPriority();

/** The thread's end of its link, which the runtime's types give to the main thread only. */
const port = globalThis as unknown as {
  postMessage(message: FromThread, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { data: ToThread }) => void): void;
};

port.addEventListener("message", ({ data }) => {
  const { answer, transfer } = doTask(dialects, data);
  port.postMessage(answer, transfer);
});
