import { setPriority } from "node:os";
import { serveStore } from "./serve-store.ts";
import { port } from "./thread-port.ts";

/** A third of the share of a serving thread: a drain that keeps up with it needs less than half of that. */
const niceness = 5;

// The thread of the store: see store-thread.ts.

// Where all threads share a core, requests come before reports. Linux alone has priorities of threads.
if (process.platform === "linux") {
  try {
    setPriority(0, niceness);
  } catch {
    // A sandbox may forbid it; then reports cost streams some of their time, and nothing else.
  }
}

const receive = serveStore((message) => port.postMessage(message));
port.addEventListener("message", ({ data }) => receive(data));
