import { SahabError } from "../base/errors.ts";
import { Attempt } from "../call/index.ts";

/** A call that ends when its caller leaves, or when nothing has come for `silentMs`. */
export function startCall(signal: AbortSignal, silentMs: number) {
  const attempt = new Attempt({ provider: "pull", model: "" });
  const giveUp = (why: string) => attempt.cancel(new SahabError("upstream_unreachable", why));
  const onAbort = () => giveUp("the pull was given up");
  const onSilence = () => giveUp(`nothing came for ${silentMs / 1000} s`);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  let timer = setTimeout(onSilence, silentMs);
  return {
    attempt,
    keepAlive: () => {
      clearTimeout(timer);
      timer = setTimeout(onSilence, silentMs);
    },
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}
