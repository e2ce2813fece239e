import { existsSync } from "node:fs";
import { serveStore } from "../ledger/thread/serve-store.ts";
import { port } from "../ledger/thread/thread-port.ts";

// The program of the store's thread, for tests that break it: while there is a file `crash` beside the database, the next
// message ends the thread; while there is a file `hang`, the thread is stuck.
const receive = serveStore((message) => port.postMessage(message));
const cell = new Int32Array(new SharedArrayBuffer(4));
let path = "";
port.addEventListener("message", ({ data }) => {
  if (data.type === "open") path = "path" in data.location ? data.location.path : "";
  else if (existsSync(`${path}.crash`)) throw new Error("the test ends this thread");
  while (existsSync(`${path}.hang`)) Atomics.wait(cell, 0, 0, 10);
  receive(data);
});
