import { toSahabError } from "../../base/errors.ts";
import type { Provider } from "../provider.ts";
import { describeFault, keyField, type Origin } from "./advise.ts";
import type { ModelsAnswer } from "./ask-models.ts";
import { Asker } from "./asker.ts";
import { judgeAnswer } from "./judge-models.ts";
import type { Access, Step } from "./report.ts";

interface Options {
  origin: Origin;
  signal: AbortSignal;
}

/** Reaches the provider as its requests do, and asks for its list of models with its key. Rejects only where the signal ends it. */
export async function checkAccess(provider: Provider, { origin, signal }: Options): Promise<Access> {
  const hopeless = (step: Step): Access => ({ steps: [step], listed: undefined, isHopeless: true });
  if (provider.addressFault !== undefined)
    return hopeless({ step: "address", status: "failed", detail: provider.addressFault });
  if (provider.lacksSecret)
    return hopeless({
      step: "key",
      status: "failed",
      detail: `a secret is missing or may not be sent there: ${keyField(provider, origin)}; the server's log says why`,
    });
  const asker = new Asker(provider, signal);
  const [dialect] = provider.dialects;
  const address = dialect && (provider.modelListAddress(dialect.api) ?? provider.address);
  if (!dialect || address === undefined)
    return hopeless({ step: "address", status: "failed", detail: "it offers no wire format that is known here" });
  const steps = await asker.reach(new URL(address), dialect, origin);
  if (steps.some(({ status }) => status === "failed")) return { steps, listed: undefined, isHopeless: true };
  try {
    const rest = await checkModels(provider, origin, asker);
    return { ...rest, steps: [...steps, ...rest.steps] };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toSahabError(thrown);
    // The connection was good a moment ago: what refuses now is the proxy that requests are sent to.
    const isProxys = error.code === "upstream_unreachable" && steps.some(({ step }) => step === "proxy");
    const step = isProxys ? "proxy" : "models";
    const failed: Step = { step, status: "failed", detail: describeFault(provider, origin, step, error) };
    const reached = steps.filter((one) => one.step !== step);
    const key: Step = { step: "key", status: "skipped", detail: "only a call can tell" };
    return { steps: [...reached, ...(isProxys ? [] : [key]), failed], listed: undefined, isHopeless: isProxys };
  }
}

async function checkModels(provider: Provider, origin: Origin, asker: Asker): Promise<Access> {
  const places = provider.dialects.flatMap((dialect) => {
    const address = provider.modelListAddress(dialect.api);
    return address === undefined ? [] : [{ dialect, address }];
  });
  const [first] = places;
  const untold = "only a call can tell";
  if (!first)
    return {
      steps: [
        { step: "key", status: "skipped", detail: untold },
        { step: "models", status: "skipped", detail: "this vendor has no list of models that can be read here" },
      ],
      listed: undefined,
      isHopeless: false,
    };
  let answer: ModelsAnswer | undefined;
  const asked = new Set<string>();
  for (const { dialect, address } of places) {
    if (asked.has(address)) continue;
    asked.add(address);
    const next = await asker.models(address, dialect);
    answer = answer && next.kind === "missing" ? answer : next;
    if (next.kind !== "missing") return judgeAnswer(provider, origin, { answer: next, address, dialect }, asker);
  }
  return judgeAnswer(provider, origin, { answer: answer ?? { kind: "missing", status: 404 }, ...first }, asker);
}
