import { messageFor } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { pullAndServe, pullFailure, pullStopped, type WantedPull } from "./pull-and-serve.ts";
import type { ConfigDeps } from "./update-config.ts";

/** Pulls while it tells how far it is; a caller that leaves ends the pull, and so does the end of the process. */
export function pullResponse(
  deps: ConfigDeps & { log: Log; stopping: AbortSignal },
  wanted: WantedPull,
  { requestId, signal }: { requestId: string; signal: AbortSignal },
): Response {
  const left = new AbortController();
  signal.addEventListener("abort", () => left.abort());
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const say = (line: object) => {
        if (!left.signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      };
      try {
        say(await pullAndServe(deps, wanted, { signal: AbortSignal.any([left.signal, deps.stopping]), say }));
      } catch (thrown) {
        const error = deps.stopping.aborted ? pullStopped() : pullFailure(thrown);
        if (error.code === "internal_error") deps.log.error({ err: error.cause, request: requestId }, "a pull failed");
        say({ error: { code: error.code, message: messageFor(error, requestId) } });
      }
      if (!left.signal.aborted) controller.close();
    },
    cancel: () => left.abort(),
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}
