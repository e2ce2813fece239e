import { SahabError } from "../../base/errors.ts";
import { formatNano } from "../../base/money.ts";
import { isMoney, type Measure, type MeterTerms } from "./bank.ts";
import type { Lack } from "./purse.ts";
import { sessionParts } from "./account-names.ts";

/** Words of the caller's own. */
interface LackWords {
  /** The field by which it bounds its answers; undefined where nothing is generated. */
  outputField?: string | undefined;
  keyName?: ((keyId: string) => string | undefined) | undefined;
}

/**
 * The error for a request that a meter has no room for: what it needs, what is left where, and the ways to go on. The time is
 * monotonic.
 */
export function describeLack(
  { meter, amount }: Pick<Lack, "meter" | "amount">,
  nowMs: number,
  { outputField, keyName }: LackWords = {},
): SahabError {
  const { terms, news } = meter;
  const { measure, currency, words = "" } = terms;
  const who = nameOf(terms, keyName);
  if (isMoney(measure)) {
    const limit = (measure === "balance" ? news?.credit : meter.limit) ?? 0n;
    const left = limit - (news?.spent ?? 0n);
    const shown = `${formatNano(left > 0n ? left : 0n)} ${currency} left ${measure === "balance" ? "of its balance" : words}`;
    const reach = (news?.free ?? 0n) + (news?.idleElsewhere ?? 0n) + positive(meter.available(nowMs));
    const isHeld = left > reach && reach < amount && left > 0n;
    const held = isHeld
      ? `, of which up to ${formatNano(left - reach)} is held by requests under way or just ended`
      : "";
    const ways = [
      ...(isHeld && left >= amount ? ["try again when those have ended"] : []),
      ...(left > 0n && outputField !== undefined ? [`set a smaller ${outputField}`] : []),
      ...renewal(terms),
      measure === "balance" ? "have the balance topped up" : "have the budget raised",
    ];
    return new SahabError(
      "budget_exceeded",
      `Cannot admit request: ${who} has ${shown.trim()}${held}; the request needs up to ${formatNano(amount)} ${currency}. To go on, ${anyOf(ways)}`,
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
  const shorter = outputField === undefined ? "" : `; ask for a shorter answer (${outputField})`;
  const retryAfterS = Math.max(1, Math.ceil((waitMs ?? 1_000) / 1_000));
  const way =
    amount > limit
      ? `; a request of ${amount} ${unit} is never admitted${shorter}`
      : `; try again in ${retryAfterS === 1 ? "1 second" : `${retryAfterS} seconds`}`;
  return new SahabError(
    "rate_limit_exceeded",
    `Cannot admit request: ${who} may use ${limit} ${unit} a minute${words} and has ${left} left, and the request needs ${amount}${way}`,
    { retryAfterS },
  );
}

const units: Record<Exclude<Measure, "budget" | "balance">, string> = {
  tokens: "tokens",
  requests: "requests",
  concurrency: "requests",
};

/** An account in words. Its callers know a key by the name that it was given. */
function nameOf({ account }: Pick<MeterTerms, "account">, keyName: LackWords["keyName"]): string {
  const at = account.indexOf(":");
  const [kind, name] = [account.slice(0, at), account.slice(at + 1)];
  if (kind === "session") return `session ${sessionParts(name).session}`;
  const known = kind === "key" ? keyName?.(name) : undefined;
  return known === undefined ? `${kind} ${name}` : `key "${known}"`;
}

/** When a budget of a period begins anew. */
function renewal({ period, endMs }: MeterTerms): string[] {
  if (period === undefined || period === "total") return [];
  const [day, time = ""] = new Date(endMs).toISOString().split("T");
  return [`wait until the budget renews (${day} ${time.slice(0, 5)} UTC)`];
}

function anyOf(ways: readonly string[]): string {
  const [last, ...others] = ways.toReversed();
  return others.length === 0 ? `${last}` : `${others.toReversed().join(", ")} or ${last}`;
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
