// Simulates the seeds that it is told to.
import { parentPort } from "node:worker_threads";
import { simulate } from "./simulate.ts";

parentPort?.on("message", ({ from, count }: { from: number; count: number }) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; a thread has no origin
  parentPort?.postMessage(Array.from({ length: count }, (_, at) => simulate(from + at)));
});
