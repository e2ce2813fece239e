import { NoCredit } from "../../base/errors.ts";
import type { Dialect } from "../../dialect/dialect.ts";
import type { Provider } from "../provider.ts";
import { adviceOnKey, baseUrlField, describeFault, type Origin } from "./advise.ts";
import type { ModelsAnswer } from "./ask-models.ts";
import type { Asker } from "./asker.ts";
import type { Access, Step } from "./report.ts";

/** What the answer to the question for models says of the address, of the key and of the models. */
export async function judgeAnswer(
  provider: Provider,
  origin: Origin,
  { answer, address, dialect }: { answer: ModelsAnswer; address: string; dialect: Dialect },
  asker: Asker,
): Promise<Access> {
  const at = (steps: Step[], more: Partial<Access> = {}): Access => ({
    steps,
    listed: undefined,
    isHopeless: false,
    ...more,
  });
  if (answer.kind === "listed") {
    const key = await proveKey(provider, asker, { address, dialect });
    const detail = `${answer.ids.length} listed`;
    return at([key, { step: "models", status: "ok", detail, ms: answer.ms }], { listed: answer.ids });
  }
  const untold: Step = { step: "key", status: "skipped", detail: "only a call can tell" };
  if (answer.kind === "refused") return judgeRefusal(provider, origin, answer);
  const found = answer.kind === "missing" ? `it answers ${answer.status}` : `it answers with ${answer.found}`;
  const better = await findVersion(asker, { address, dialect });
  if (better !== undefined) {
    const detail = `${found}; its API is below ${better}: set ${baseUrlField(provider, origin)} to that`;
    return at([{ step: "address", status: "failed", detail }, untold], { isHopeless: true });
  }
  if (answer.kind === "missing")
    return at([
      untold,
      {
        step: "models",
        // A wrong path answers in the same way: until a call succeeds, nobody knows that there is an API at all.
        status: "warning",
        detail: `there is no list of models at ${address} (${answer.status}); ${lookAtPath(provider, origin)}only a call can tell whether it works`,
      },
    ]);
  const detail = provider.namesAddress
    ? `${found} at ${address}: ${baseUrlField(provider, origin)} may lack the path of the API, such as /v1, or name another site`
    : `${found} at ${address}: something on the way may answer in the vendor's place`;
  return at([untold, { step: "models", status: "failed", detail }]);
}

/** The vendor's own address needs no look. */
function lookAtPath(provider: Provider, origin: Origin): string {
  return provider.namesAddress ? `look at the path of ${baseUrlField(provider, origin)}; where it is right, ` : "";
}

function judgeRefusal(
  provider: Provider,
  origin: Origin,
  { error, status }: Extract<ModelsAnswer, { kind: "refused" }>,
): Access {
  const fault = describeFault(provider, origin, "key", error);
  const isAccounts = error.code === "upstream_authentication";
  const models: Step = { step: "models", status: "skipped", detail: "not told" };
  if (isAccounts && error.cause instanceof NoCredit)
    return {
      steps: [{ step: "key", status: "failed", detail: fault }, models],
      listed: undefined,
      isHopeless: true,
    };
  // A key may be limited to what it is for, so that it calls models and lists none.
  if (isAccounts && status === 403)
    return {
      steps: [
        {
          step: "key",
          status: "warning",
          detail: `it may not list models (status 403). ${adviceOnKey(provider, origin)}`,
        },
        models,
      ],
      listed: undefined,
      isHopeless: false,
    };
  if (isAccounts) {
    const detail = provider.hasKey ? fault : `it demands a key, and there is none. ${adviceOnKey(provider, origin)}`;
    return { steps: [{ step: "key", status: "failed", detail }, models], listed: undefined, isHopeless: true };
  }
  const isWarning = error.code === "upstream_rate_limited";
  const step: Step = {
    step: "models",
    status: isWarning ? "warning" : "failed",
    detail: describeFault(provider, origin, "models", error),
  };
  return {
    steps: [{ step: "key", status: "skipped", detail: "only a call can tell" }, step],
    listed: undefined,
    isHopeless: false,
  };
}

/** A list says something of the key only where it is refused to those who have none. */
async function proveKey(provider: Provider, asker: Asker, place: { address: string; dialect: Dialect }): Promise<Step> {
  const open = { step: "key", status: "skipped" } as const;
  if (!provider.hasKey) return { ...open, detail: "there is none, and its list demands none" };
  try {
    const { kind } = await asker.models(place.address, place.dialect, true);
    if (kind === "listed") return { ...open, detail: "its list is open to all, so that only a call can tell" };
  } catch {
    // No answer to a question without a key: this one had one.
  }
  return { step: "key", status: "ok", detail: "accepted" };
}

/** The address below which a list of models is, where the version was left out of it. */
async function findVersion(
  asker: Asker,
  { address, dialect }: { address: string; dialect: Dialect },
): Promise<string | undefined> {
  const [, base] = /^(https?:\/\/[^?]*?)\/models$/.exec(address) ?? [];
  if (base === undefined || /\/v\d+$/.test(base)) return undefined;
  try {
    const answer = await asker.models(`${base}/v1/models`, dialect);
    const isThere = answer.kind === "listed" || (answer.kind === "refused" && answer.status === 401);
    return isThere ? `${base}/v1` : undefined;
  } catch {
    return undefined;
  }
}
