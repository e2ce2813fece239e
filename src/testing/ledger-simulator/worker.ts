// Simulates the seeds that it is told to.
import { parentPort } from "node:worker_threads";
import { simulate } from "./simulate.ts";

parentPort?.on("message", ({ from, count }: { from: number; count: number }) => {
  parentPort?.postMessage(Array.from({ length: count }, (_, at) => simulate(from + at)));
});
