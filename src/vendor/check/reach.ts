import type { SahabError } from "../../base/errors.ts";
import type { Attempt } from "../../call/index.ts";
import type { DialPhase, HttpPool } from "../../transport/index.ts";
import { describeFailure } from "../provider-error.ts";
import type { Provider } from "../provider.ts";
import { describeFault, type Origin } from "./advise.ts";
import type { Step, StepName } from "./report.ts";

/** A provider may be given more for its requests. */
const connectMsMax = 10_000;

/** Opens a connection to the provider, and tells how far it came. The last step is the one that failed, if one did. */
export async function reach(
  provider: Provider,
  pool: HttpPool,
  { origin, attempt }: { origin: Origin; attempt: Attempt },
): Promise<Step[]> {
  const { proxy } = pool;
  const begun: { step: StepName; startedMs: number }[] = [];
  const onPhase = (phase: DialPhase) => {
    const step = stepOf(phase, proxy !== undefined);
    if (begun.at(-1)?.step !== step) begun.push({ step, startedMs: performance.now() });
  };
  const connectMs = Math.min(provider.timeouts.connectMs, connectMsMax);
  let failure: SahabError | undefined;
  try {
    await pool.open({ attempt, connectMs, onPhase });
  } catch (cause) {
    attempt.throwIfCancelled();
    failure = describeFailure(provider, cause);
  }
  const endedMs = performance.now();
  return begun.map(({ step, startedMs }, index) => {
    const isLast = index === begun.length - 1;
    const ms = Math.round((begun[index + 1]?.startedMs ?? endedMs) - startedMs);
    if (failure && isLast)
      return { step, status: "failed", detail: describeFault(provider, origin, step, failure), ms };
    if (step === "tls" && provider.isInsecure)
      return { step, status: "warning", detail: "the certificate is NOT CHECKED (tls: insecure)", ms };
    return {
      step,
      status: "ok",
      detail: step === "proxy" ? `through ${proxy?.host}:${proxy?.port}` : (words[step] ?? ""),
      ms,
    };
  });
}

function stepOf(phase: DialPhase, hasProxy: boolean): StepName {
  if (phase === "handshake") return "tls";
  if (hasProxy) return "proxy";
  return phase === "name" ? "name" : "connection";
}

const words: Readonly<Partial<Record<StepName, string>>> = {
  name: "found",
  connection: "accepted",
  tls: "the certificate is trusted",
};
