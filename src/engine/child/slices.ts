import { SahabError } from "../../base/errors.ts";

/** Longer than most work of a request takes; a stream of another caller does not show such a gap. */
const sliceMsMax = 10;

/** Does work that pauses now and then, and lets others run when a slice of time is over. Throws where the caller has left meanwhile. */
export async function inSlices<T>(work: Iterator<undefined, T>, signal: AbortSignal): Promise<T> {
  let startMs = performance.now();
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() - startMs < sliceMsMax) continue;
    await letOthersRun(signal);
    startMs = performance.now();
  }
}

/** Lets the event loop turn. Throws where the caller has left meanwhile. */
export async function letOthersRun(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) throw new SahabError("client_closed_request", "The request was cancelled");
}
