import { SahabError } from "../base/errors.ts";
import type { Nano } from "../base/money.ts";
import { estimateTokens, isPassed } from "../call/index.ts";
import type { ModelEntry, Snapshot, Target } from "../config/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";
import {
  convert,
  metersOf,
  sessionMeter,
  worstCostOf,
  type BoundMeter,
  type Caller,
  type CallerMeters,
  type Demand,
  type Hold,
  type HoldFile,
  type HoldSlot,
  type Meter,
  type ProjectAccounts,
  type RateTable,
  type Teller,
  type WorstUsage,
} from "../ledger/index.ts";

interface AdmissionDeps {
  teller: Teller;
  /** Where what is reserved survives a crash. */
  holds: Pick<HoldFile, "slotOf">;
  snapshot: () => Pick<Snapshot, "accounts" | "rates">;
}

/** A request that asks to be admitted. */
export interface Admitted {
  caller: Caller;
  /** What its client calls the session. */
  session: string | undefined;
  call: OpenedRequest;
  model: ModelEntry;
  targets: readonly Target[];
  /** When it arrived, milliseconds since 1970: its windows are those of this moment. */
  timeMs: number;
}

/** What is known of a caller, until the configuration changes or a window ends. */
interface Known {
  project: ProjectAccounts;
  meters: CallerMeters;
  /** Those of `meters` that were used, in their places. */
  opened: (Meter | undefined)[];
  slot: HoldSlot;
}

/**
 * A token is hardly ever shorter than two bytes of the body, in no script and with no tokenizer; on average it has three to five. What is
 * reserved for a prompt is given back as soon as its tokens have been counted.
 */
const bytesPerPromptTokenMin = 2;

/** Reserves what requests may cost and use, in all accounts that they count against. */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #known = new WeakMap<Caller, Known>();

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
  }

  /** The accounts of a project. */
  accountsOf(project: string): ProjectAccounts | undefined {
    return this.#deps.snapshot().accounts?.get(project);
  }

  get rates(): RateTable | undefined {
    return this.#deps.snapshot().rates;
  }

  /**
   * Undefined where nothing bounds the caller. Throws or rejects with `budget_exceeded`, `rate_limit_exceeded`, `store_unavailable`, or
   * `model_not_priced` where a price cannot be told in the currency of the accounts.
   */
  admit(asked: Admitted): Reservation | undefined | Promise<Reservation> {
    const { caller, session, call, timeMs } = asked;
    const known = this.#knownOf(caller, timeMs);
    if (!known) return undefined;
    const { project, slot } = known;
    const meters = this.#metersOf(known, asked);
    if (meters.length === 0) return undefined;
    const usage = worstUsageOf(asked, project);
    const estimate = new WorstCost(usage, project, this.rates, timeMs);
    const isMetered = call.operation !== "token-count";
    const hasMoney = isMetered && meters.some(({ terms }) => terms.currency !== "");
    const money = hasMoney ? estimate.ofDearest(asked.targets) : 0n;
    const tokens = isMetered
      ? BigInt(estimateTokens(call.promptBytes + (call.toolBytes ?? 0)) + usage.outputTokens)
      : 0n;
    const amounts = { budget: money, balance: money, tokens, requests: 1n, concurrency: 1n };
    const demands = meters.map((meter): Demand => ({ meter, amount: amounts[meter.terms.measure] }));
    const reserving = this.#deps.teller.reserve(demands, hasMoney ? slot : undefined);
    const reserved = (hold: Hold) => new Reservation(hold, estimate, call.outputTokensMax?.() !== undefined);
    return reserving instanceof Promise ? reserving.then(reserved) : reserved(reserving);
  }

  #metersOf({ meters, opened, project }: Known, { caller, model, session }: Admitted): Meter[] {
    const found: Meter[] = [];
    for (const [at, bound] of meters.meters.entries()) {
      if (bound.models && !bound.models.includes(model.name)) continue;
      let meter = opened[at];
      // One that has rested is closed, and another one takes its place.
      if (!meter || meter.isClosed) opened[at] = meter = this.#open(bound);
      found.push(meter);
    }
    if (meters.sessionBudget !== undefined && session !== undefined) {
      const terms = sessionMeter(caller.keyId, session, project.currency);
      found.push(this.#open({ terms, limit: meters.sessionBudget, soft: [] }));
    }
    return found;
  }

  #open({ terms, limit, soft }: BoundMeter): Meter {
    const meter = this.#deps.teller.meterOf(terms, limit);
    meter.soft = soft;
    return meter;
  }

  #knownOf(caller: Caller, timeMs: number): Known | undefined {
    const project = this.accountsOf(caller.project);
    if (!project || (project.terms.length === 0 && !caller.bounds)) return undefined;
    const known = this.#known.get(caller);
    // A request whose body came slowly may have arrived before one of a later window.
    const isIn = known && timeMs >= known.meters.sinceMs && timeMs < known.meters.untilMs;
    if (known && isIn && known.project === project) return known;
    const { organisation, currency } = project;
    const of = { organisation, project: caller.project, keyId: caller.keyId, currency, time: timeMs };
    const fresh: Known = {
      project,
      meters: metersOf(caller, project, timeMs),
      opened: [],
      slot: this.#deps.holds.slotOf(of),
    };
    this.#known.set(caller, fresh);
    return fresh;
  }
}

function worstUsageOf({ call, model }: Admitted, project: ProjectAccounts): WorstUsage {
  const { operation, promptBytes, toolBytes = 0, choiceCount, pieces } = call;
  const inputTokens = Math.ceil((promptBytes + toolBytes) / bytesPerPromptTokenMin);
  const counts = pieces?.counts;
  if (operation !== "chat" && operation !== "completion" && !isPassed(operation))
    return { inputTokens, outputTokens: 0, counts };
  const bound = call.outputTokensMax?.() ?? model.facts?.outputTokensMax ?? project.output;
  return { inputTokens, outputTokens: bound * Math.max(1, choiceCount), counts };
}

/** What a request may cost, in the currency of its accounts. */
class WorstCost {
  readonly usage: WorstUsage;
  readonly #project: ProjectAccounts;
  readonly #rates: RateTable | undefined;
  readonly #timeMs: number;

  constructor(usage: WorstUsage, project: ProjectAccounts, rates: RateTable | undefined, timeMs: number) {
    this.usage = usage;
    this.#project = project;
    this.#rates = rates;
    this.#timeMs = timeMs;
  }

  ofDearest(targets: readonly Target[]): Nano {
    let dearest = 0n;
    for (const target of targets) {
      const cost = this.of(target);
      if (cost > dearest) dearest = cost;
    }
    return dearest;
  }

  of(target: Target, usage = this.usage): Nano {
    const { amount, currency } = worstCostOf(usage, target, this.#timeMs);
    const { currency: wanted } = this.#project;
    if (currency === wanted || amount === 0n) return amount;
    const converted = this.#rates && convert(amount, currency, wanted, this.#timeMs, this.#rates);
    // Each attempt of the record is rounded by itself.
    if (converted !== undefined) return converted + 1n;
    throw new SahabError(
      "model_not_priced",
      `The model costs ${currency} and the budget is in ${wanted}, and no exchange rate between them is known; an administrator can declare it in cloud.yaml under rates`,
      { param: "model" },
    );
  }
}

/** Text may grow to this part of what is reserved before more is. */
const growAt = 0.75;
/** How many bytes of text a token has at least where the answer has no bound, and at most where the vendor keeps to one. */
const bytesPerAnswerToken = { unbounded: 3, bounded: 8 };

/** What one request has reserved, and what of it is used up. */
export class Reservation {
  readonly #hold: Hold;
  readonly #worst: WorstCost;
  readonly #bytesPerToken: number;
  #outputTokens: number;
  /** From so many bytes of text on, more must be reserved. */
  growsAtBytes: number;

  constructor(hold: Hold, worst: WorstCost, isBounded: boolean) {
    this.#hold = hold;
    this.#worst = worst;
    this.#bytesPerToken = isBounded ? bytesPerAnswerToken.bounded : bytesPerAnswerToken.unbounded;
    this.#outputTokens = worst.usage.outputTokens;
    this.growsAtBytes = this.#grown();
  }

  /** What is left of a limit a minute. */
  rate(measure: "requests" | "tokens"): ReturnType<Hold["rate"]> {
    return this.#hold.rate(measure);
  }

  /** Reserves what an attempt may cost beside so much that others have cost. Whether there was enough. */
  makeRoom(spent: Nano, target: Target): boolean | Promise<boolean> {
    return spent === 0n ? true : this.#hold.extend(spent + this.#worst.of(target));
  }

  /** Reserves for twice as long an answer, beside what other attempts have cost. Whether there was enough. */
  grow(spent: Nano, target: Target): boolean | Promise<boolean> {
    this.#outputTokens *= 2;
    this.growsAtBytes = this.#grown();
    const usage = { ...this.#worst.usage, outputTokens: this.#outputTokens };
    return this.#hold.extend(spent + this.#worst.of(target, usage));
  }

  #grown(): number {
    return this.#outputTokens === 0 ? Infinity : this.#outputTokens * this.#bytesPerToken * growAt;
  }

  settle(money: Nano, tokens: number): void {
    this.#hold.settle(money, BigInt(tokens));
  }

  noteDurable(): void {
    this.#hold.noteDurable();
  }

  /** Nothing was asked of anybody. */
  release(): void {
    this.#hold.settle(0n, 0n);
    this.#hold.noteDurable();
  }
}
