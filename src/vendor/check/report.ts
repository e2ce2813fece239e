/** What is tried of a provider, in this order. One that goes through a proxy has `proxy` in the place of `name` and `connection`. */
export const stepNames = ["address", "name", "connection", "proxy", "tls", "key", "models", "token"] as const;

export type StepName = (typeof stepNames)[number];

/** What one step has shown. */
export interface Step {
  step: StepName;
  /** `skipped`: it was not tried, or nothing could be seen of it. */
  status: "ok" | "warning" | "failed" | "skipped";
  /** What was found, and what to do where that is not as it should be; without secrets. */
  detail: string;
  ms?: number | undefined;
}

/** What can be found out about a provider without asking a model. */
export interface Access {
  /** In the order of `stepNames`; the steps of key and models are there only where the provider was reached. */
  steps: Step[];
  /** The ids that the vendor lists; undefined where that is not known. */
  listed: readonly string[] | undefined;
  /** Something failed without which a call cannot succeed. */
  isHopeless: boolean;
}

/** What the vendor lists, and what of this Sahab's models it does not. */
export interface ListedModels {
  count: number;
  /** The first of their ids, in its order. */
  ids: readonly string[];
  /** Models of the configuration. */
  missing: readonly string[];
  /** Models that are offered since the catalogue has them. */
  missingOffered: readonly string[];
}

/** The answer to the one token that was asked for. */
export interface TokenAnswer {
  /** Id of its usage record. */
  request: string;
  /** What the provider was asked for. */
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** Decimal, exact. */
  cost: string;
  currency: string;
  /** From the request to the end of the answer. */
  latencyMs: number;
}

/** What was found with one of a provider's keys. */
export interface KeyReport {
  /** The key's place among several, from 1; null where there is one, or none. */
  key: number | null;
  status: "ok" | "warning" | "failed";
  steps: readonly Step[];
  models: ListedModels | null;
  token: TokenAnswer | null;
}

export interface ProviderReport {
  name: string;
  vendor: string;
  address: string;
  status: KeyReport["status"];
  keys: readonly KeyReport[];
}

/** The worst of them; what was skipped does not count. */
export function worstOf(parts: readonly { status: Step["status"] }[]): KeyReport["status"] {
  if (parts.some(({ status }) => status === "failed")) return "failed";
  return parts.some(({ status }) => status === "warning") ? "warning" : "ok";
}
