import { SahabError } from "../base/errors.ts";
import type { Nano } from "../base/money.ts";
import { isFree, isPassed } from "../call/index.ts";
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
  type Refusal,
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
  /** All of its body: what is no prompt of it is media, and fields that say little. */
  bodyBytes: number;
  /** When it arrived, milliseconds since 1970: its windows are those of this moment. */
  timeMs: number;
}

/** What is known of a caller, until the configuration changes or a window ends. */
interface Known {
  project: ProjectAccounts;
  meters: CallerMeters;
  /** Those of `meters` that were used, in their places. */
  opened: (Meter | undefined)[];
  /** Those of its sessions. */
  sessions: Map<string, Meter>;
  slot: HoldSlot;
}

/**
 * A token is hardly ever shorter than two bytes of the body, in no script and with no tokenizer; on average it has three to five. What is
 * reserved for a prompt is given back as soon as its tokens have been counted.
 */
const bytesPerPromptTokenMin = 2;

/** A body has so much beside its prompt where there is no media in it. */
const plainBytesMax = 16 * 1024;
/** Base64 of pages, pictures and sounds: photographs have hundreds of bytes a token, small pictures and pages of text some fifty. */
const bytesPerMediaTokenMin = 50;
/** Pictures that are named by address cost up to about so much at the vendors that keep them large; pages and films have no bound but the context. */
const tokensPerPictureMax = 10_000;
const tokensPerFileUsual = 100_000;
/** What a search or a page that it opens adds to what the model reads. */
const tokensPerToolUse = 5_000;
/** Sound that is heard, and pictures that are made, at most about: twice and six times what count-passed.ts takes for usual. */
const tokensPerSecondMax = 20;
const tokensPerImageMax = 6_240;

/** Reserves what requests may cost and use, in all accounts that they count against. */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #known = new WeakMap<Caller, Known>();
  readonly #sessionsMax: number;

  constructor(deps: AdmissionDeps, options: { sessionsMax?: number | undefined } = {}) {
    this.#deps = deps;
    this.#sessionsMax = options.sessionsMax ?? sessionsMaxUsual;
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
    const { caller, call, timeMs } = asked;
    const known = this.#knownOf(caller, timeMs);
    if (!known) return undefined;
    const { project, slot } = known;
    const meters = this.#metersOf(known, asked);
    if (meters.length === 0) return undefined;
    const isMetered = !isFree(call.operation);
    const hasMoney = isMetered && meters.some(({ terms }) => terms.currency !== "");
    const usage = worstUsageOf(asked, project, hasMoney);
    const estimate = new WorstCost(usage, project, this.rates, timeMs);
    const isHard = meters.some(({ terms, limit }) => terms.currency !== "" && limit !== undefined);
    const money = hasMoney ? estimate.ofDearest(asked.targets, isHard) : 0n;
    const tokens = isMetered ? BigInt(usage.inputTokens + usage.outputTokens) : 0n;
    const amounts = { budget: money, balance: money, tokens, requests: 1n, concurrency: 1n };
    const demands = meters.map((meter): Demand => ({ meter, amount: amounts[meter.terms.measure] }));
    const reserving = this.#deps.teller.reserve(demands, hasMoney ? slot : undefined, call.outputField);
    const accounts = { project, rates: this.rates };
    const isBounded = call.outputTokensMax?.() !== undefined;
    const reserved = (hold: Hold) => new Reservation(hold, { worst: estimate, accounts, isBounded });
    return reserving instanceof Promise ? reserving.then(reserved) : reserved(reserving);
  }

  #metersOf({ meters, opened, sessions, project }: Known, { caller, model, session }: Admitted): Meter[] {
    const found: Meter[] = [];
    for (const [at, bound] of meters.meters.entries()) {
      if (bound.models && !bound.models.includes(model.name)) continue;
      let meter = opened[at];
      // One that has rested is closed, and another one takes its place.
      if (!meter || meter.isClosed) opened[at] = meter = this.#open(bound);
      found.push(meter);
    }
    if (meters.sessionBudget !== undefined && session !== undefined) {
      let meter = sessions.get(session);
      if (!meter || meter.isClosed) {
        makeRoom(sessions, this.#sessionsMax);
        const terms = sessionMeter(caller.keyId, session, project.currency);
        meter = this.#open({ terms, limit: meters.sessionBudget, soft: [] });
        sessions.set(session, meter);
      }
      found.push(meter);
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
      sessions: new Map(),
      slot: this.#deps.holds.slotOf(of),
    };
    this.#known.set(caller, fresh);
    return fresh;
  }
}

/** Sessions of one key that are used at one time: each has a row in the store, and a meter of those that all keys share. */
const sessionsMaxUsual = 1_000;

/** For one more session. */
function makeRoom(sessions: Map<string, Meter>, sessionsMax: number): void {
  if (sessions.size < sessionsMax) return;
  for (const [session, meter] of sessions) if (meter.isClosed) sessions.delete(session);
  if (sessions.size < sessionsMax) return;
  throw new SahabError(
    "rate_limit_exceeded",
    `Cannot admit request: its key has ${sessions.size} sessions in use, and ${sessionsMax} may have a budget at one time; go on with one of them, or try again when some have rested`,
    { retryAfterS: 10 },
  );
}

function worstUsageOf({ call, model, bodyBytes }: Admitted, project: ProjectAccounts, hasMoney: boolean): WorstUsage {
  const { operation, promptBytes, toolBytes = 0, choiceCount, pieces } = call;
  const text = Math.ceil((promptBytes + toolBytes) / bytesPerPromptTokenMin);
  if (isPassed(operation)) return worstPassed(text, pieces, project.output);
  const extras = hasMoney ? call.extras?.() : undefined;
  const otherBytes = bodyBytes - promptBytes - toolBytes;
  let media = otherBytes > plainBytesMax ? Math.ceil(otherBytes / bytesPerMediaTokenMin) : 0;
  if (extras?.named) media += extras.named.pictures * tokensPerPictureMax + extras.named.files * tokensPerFileUsual;
  const context = model.facts?.contextTokens ?? Infinity;
  let inputTokens = Math.min(text + media, Math.max(text, context));
  if (operation !== "chat" && operation !== "completion")
    return { inputTokens, outputTokens: 0, counts: pieces?.counts };
  const { serviceTier, toolUses } = extras ?? {};
  // What tools find is read in turns of their own, beside what was there before.
  if (toolUses) inputTokens += Math.max(...Object.values(toolUses)) * tokensPerToolUse;
  const bound = call.outputTokensMax?.() ?? model.facts?.outputTokensMax ?? project.output;
  const outputTokens = bound * Math.max(1, choiceCount);
  const counts = toolUses ? { ...toolUses, ...pieces?.counts } : pieces?.counts;
  return { inputTokens, outputTokens, counts, serviceTier };
}

/** What is counted by the piece has its fee, or tokens for each piece; images may have a fee by their kind. */
function worstPassed(inputTokens: number, pieces: OpenedRequest["pieces"], output: number): WorstUsage {
  const { counts = {}, kinds = [] } = pieces ?? {};
  const { image = 0, second = 0 } = counts;
  const byKind = Object.fromEntries(kinds.map((kind) => [kind, image]));
  return {
    inputTokens: inputTokens + second * tokensPerSecondMax,
    outputTokens: Math.max(output, image * tokensPerImageMax),
    counts: { ...byKind, ...counts },
  };
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

  /** Where nothing is refused for its cost, what cannot be told is nothing. */
  ofDearest(targets: readonly Target[], isHard: boolean): Nano {
    let dearest = 0n;
    for (const target of targets) {
      const cost = this.of(target, this.usage, isHard);
      if (cost > dearest) dearest = cost;
    }
    return dearest;
  }

  of(target: Target, usage = this.usage, isHard = true): Nano {
    const { amount, currency } = worstCostOf(usage, target, this.#timeMs);
    const { currency: wanted } = this.#project;
    if (currency === wanted || amount === 0n) return amount;
    const converted = this.#rates && convert(amount, currency, wanted, this.#timeMs, this.#rates);
    // Each attempt of the record is rounded by itself.
    if (converted !== undefined) return converted + 1n;
    if (!isHard) return 0n;
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

  /** Those that it was admitted by: its cost counts against them, whatever is configured when it ends. */
  readonly accounts: { project: ProjectAccounts; rates: RateTable | undefined };

  constructor(
    hold: Hold,
    { worst, accounts, isBounded }: Pick<Reservation, "accounts"> & { worst: WorstCost; isBounded: boolean },
  ) {
    this.#hold = hold;
    this.#worst = worst;
    this.accounts = accounts;
    this.#bytesPerToken = isBounded ? bytesPerAnswerToken.bounded : bytesPerAnswerToken.unbounded;
    this.#outputTokens = worst.usage.outputTokens;
    this.growsAtBytes = this.#grown();
  }

  /** What is left of a limit a minute. */
  rate(measure: "requests" | "tokens"): ReturnType<Hold["rate"]> {
    return this.#hold.rate(measure);
  }

  /** Reserves what an attempt may cost beside so much that others have cost. Says why it could not. */
  makeRoom(spent: Nano, target: Target): Refusal | Promise<Refusal> {
    return spent === 0n ? undefined : this.#hold.extend(spent + this.#worst.of(target));
  }

  /** Reserves for twice as long an answer, beside what other attempts have cost. Says why it could not. */
  grow(spent: Nano, target: Target): Refusal | Promise<Refusal> {
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
