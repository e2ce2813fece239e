// Reads inputs in a thread of its own, so that the one that started it can end it when an input hangs.
import { parentPort, workerData } from "node:worker_threads";
import { runInputs } from "./run-inputs.ts";
import { targets } from "./targets/index.ts";

export interface WorkerOrders {
  target: string;
  seed: number;
  from: number;
  inputs: number;
  findingsMax: number;
  /** Where the number of the present input is written. */
  present: SharedArrayBuffer;
}

const orders = workerData as WorkerOrders;
const present = new Float64Array(orders.present);
const target = targets.find(({ name }) => name === orders.target);
if (!target) throw new Error(`there is no target ${orders.target}`);
const findings = await runInputs(target, { ...orders, onInput: (index) => (present[0] = index) });
// The rule is about windows of a browser.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(findings);
