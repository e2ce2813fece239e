import { SahabError } from "../../base/errors.ts";
import { formatNano } from "../../base/money.ts";
import { isMoney, type Measure, type MeterTerms } from "./bank.ts";
import type { Meter } from "./meter.ts";
import { sessionParts } from "./account-names.ts";

/** The error for a request that a meter has no room for: what it needs, and what is left where. Times are monotonic. */
export function describeLack(meter: Meter, amount: bigint, nowMs: number): SahabError {
  const { terms, news } = meter;
  const { measure, currency, words = "" } = terms;
  const who = nameOf(terms);
  if (isMoney(measure)) {
    const limit = (measure === "balance" ? news?.credit : meter.limit) ?? 0n;
    const left = limit - (news?.spent ?? 0n);
    const shown = `${formatNano(left > 0n ? left : 0n)} ${currency} left ${measure === "balance" ? "of its balance" : words}`;
    const reach = (news?.free ?? 0n) + (news?.idleElsewhere ?? 0n) + positive(meter.available(nowMs));
    const held =
      left > reach && reach < amount && left > 0n
        ? `, of which up to ${formatNano(left - reach)} is held by requests under way or just ended`
        : "";
    return new SahabError(
      "budget_exceeded",
      `Cannot admit request: ${who} has ${shown.trim()}${held}; the request needs up to ${formatNano(amount)} ${currency}`,
    );
  }
  const unit = units[measure];
  const limit = meter.limit ?? 0n;
  if (measure === "concurrency")
    return new SahabError(
      "rate_limit_exceeded",
      `Cannot admit request: ${who} has ${limit} ${unit} under way, which is its limit${words}; try again when some have ended`,
      { retryAfterS: 1 },
    );
  const waitMs = meter.msUntil(amount, nowMs);
  const left = meter.rate(nowMs)?.remaining ?? 0n;
  const tooLarge =
    amount > limit ? `; a request of ${amount} ${unit} is never admitted; ask for a shorter answer (max_tokens)` : "";
  return new SahabError(
    "rate_limit_exceeded",
    `Cannot admit request: ${who} may use ${limit} ${unit} a minute${words} and has ${left} left, and the request needs ${amount}${tooLarge}`,
    { retryAfterS: Math.max(1, Math.ceil((waitMs ?? 1_000) / 1_000)) },
  );
}

const units: Record<Exclude<Measure, "budget" | "balance">, string> = {
  tokens: "tokens",
  requests: "requests",
  concurrency: "requests",
};

/** An account in words. */
function nameOf({ account }: Pick<MeterTerms, "account">): string {
  const at = account.indexOf(":");
  const [kind, name] = [account.slice(0, at), account.slice(at + 1)];
  return kind === "session" ? `session ${sessionParts(name).session}` : `${kind} ${name}`;
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
