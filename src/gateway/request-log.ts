import type { LineWriter } from "../base/line-writer.ts";
import { quotesCaller, type SahabError } from "../base/errors.ts";
import { maskKeys } from "../base/key-forms.ts";
import { formatNano } from "../base/money.ts";
import { escapeInJson, escapeUnprintable } from "../base/printable.ts";
import type { Caller, UsageRecord } from "../ledger/index.ts";

/** Of an error's message. */
const reasonCharsMax = 400;
/** Names in their quoted form that are remembered: projects, models, providers, keys. */
const quotedMax = 2_000;
/** Lines of refusals without a good key that a process writes in a second; the rest is counted. */
const strangersPerS = 10;
const secondMs = 1_000;

/** A request that called a model, at its settlement. */
export interface SettledRequest {
  record: UsageRecord;
  caller: Pick<Caller, "name">;
  /** The client's address. */
  client: string;
  /** Why its answer is not whole: the message of the error, without a vendor's own words. */
  reason: string | undefined;
}

/** A request that was refused before it could be recorded, or that calls no model. */
export interface RefusedRequest {
  id: string;
  /** What was asked for: an operation, `list-models` and the like, `admin`; empty where the path is not known. */
  operation: string;
  status: number;
  error: SahabError;
  client: string;
  durationMs: number;
  /** Whose key it came with; undefined where that is not known, or not good. */
  caller?: Pick<Caller, "name" | "keyId" | "project"> | undefined;
}

export interface RequestLogOptions {
  isPretty: boolean;
  /** False writes nothing. */
  isOn: boolean;
}

/**
 * One line for each request at level info: who, what, where, how it ended, tokens, cost and times; docs/logs.md has its fields. It never holds
 * a prompt, an answer or a key. Lines are put together here: one takes 0.6 to 2 µs, and 15 µs and more by the
 * logger (measured side by side on a busy machine).
 */
export class RequestLog {
  readonly #lines: Pick<LineWriter, "add">;
  readonly #isPretty: boolean;
  /** Whether it writes anything. */
  readonly isOn: boolean;
  readonly #quoted = new Map<string, string>();
  /** Lines of strangers that may still be written in this second. */
  #strangersLeft = strangersPerS;
  /** By their codes, those without a line since the second began. */
  #untold = new Map<string, number>();
  #timer: Timer | undefined;
  #timeMs = Number.NaN;
  #time = "";

  constructor(deps: { lines: Pick<LineWriter, "add"> }, { isPretty, isOn }: RequestLogOptions) {
    this.#lines = deps.lines;
    this.#isPretty = isPretty;
    this.isOn = isOn;
  }

  /** Once for each request that is settled. */
  note(settled: SettledRequest): void {
    if (!this.isOn) return;
    this.#lines.add(this.#isPretty ? this.#showSettled(settled) : this.#encodeSettled(settled));
  }

  /** Once for each request that ends with an error and has no record. Those without a good key are bounded. */
  noteRefused(refused: RefusedRequest): void {
    if (!this.isOn) return;
    if (!refused.caller && !this.#mayTell(refused)) return;
    this.#lines.add(this.#isPretty ? this.#showRefused(refused) : this.#encodeRefused(refused));
  }

  /** Tells what was not told yet. */
  close(): void {
    clearTimeout(this.#timer);
    this.#tellUntold();
  }

  #mayTell({ error: { code } }: RefusedRequest): boolean {
    this.#timer ??= setTimeout(() => this.#beginSecond(), secondMs).unref();
    if (this.#strangersLeft > 0) {
      this.#strangersLeft--;
      return true;
    }
    this.#untold.set(code, (this.#untold.get(code) ?? 0) + 1);
    return false;
  }

  #beginSecond(): void {
    this.#timer = undefined;
    this.#strangersLeft = strangersPerS;
    this.#tellUntold();
  }

  #tellUntold(): void {
    if (this.#untold.size === 0) return;
    const codes = Object.fromEntries(this.#untold);
    const count = [...this.#untold.values()].reduce((sum, one) => sum + one, 0);
    this.#untold.clear();
    const time = this.#now();
    const listed = Object.entries(codes).map(([code, times]) => `${code} ${times}`);
    this.#lines.add(
      this.#isPretty
        ? `[${clockOf(time)}] ${count} more requests without a good key were refused: ${listed.join(", ")}\n`
        : `${JSON.stringify({ level: "info", time, count, codes, msg: "requests refused" })}\n`,
    );
  }

  #encodeSettled({ record, caller, client, reason }: SettledRequest): string {
    const last = record.attempts.at(-1);
    const { outcome } = record;
    return (
      `{"level":"info","time":"${this.#now()}","request_id":"${record.id}"` +
      `,"key_id":${this.#quote(record.keyId)},"key":${this.#quote(caller.name ?? "")}` +
      `,"project":${this.#quote(record.project)},"model":${this.#quote(record.model)}` +
      (record.askedModel === "" ? "" : `,"asked_model":${this.#quote(record.askedModel)}`) +
      `,"provider":${this.#quote(record.provider)},"provider_model":${this.#quote(last?.model ?? "")}` +
      `,"operation":"${record.operation}","status":${record.status}` +
      (outcome === "ok" ? "" : `,"code":"${outcome}"`) +
      (reason === undefined ? "" : `,"reason":${quoteOnce(cleanReason(reason))}`) +
      `,"stream":${record.streamed},"attempts":${record.attemptCount}` +
      `,"input_tokens":${record.inputTokens},"cached_input_tokens":${record.cachedInputTokens}` +
      `,"output_tokens":${record.outputTokens},"reasoning_tokens":${record.reasoningTokens}` +
      `,"cost":"${record.cost === 0n ? "0" : formatNano(record.cost)}","currency":"${record.currency}"` +
      `,"duration_ms":${record.latencyMs},"first_token_ms":${record.firstTokenMs}` +
      `,"client":${this.#quote(client)},"msg":"request"}\n`
    );
  }

  #encodeRefused({ id, operation, status, error, client, durationMs, caller }: RefusedRequest): string {
    return (
      `{"level":"info","time":"${this.#now()}","request_id":"${id}"` +
      (caller === undefined
        ? ""
        : `,"key_id":${this.#quote(caller.keyId)},"key":${this.#quote(caller.name ?? "")},"project":${this.#quote(caller.project)}`) +
      `,"operation":"${operation}","status":${status},"code":"${error.code}","reason":${quoteOnce(reasonOf(operation, error))}` +
      `,"duration_ms":${Math.round(durationMs)},"client":${this.#quote(client)},"msg":"request"}\n`
    );
  }

  #showSettled({ record, caller, reason }: SettledRequest): string {
    const { provider, model, askedModel, outcome, currency, cost } = record;
    const providerModel = record.attempts.at(-1)?.model ?? "";
    const place = [provider, ...(providerModel === model || providerModel === "" ? [] : [providerModel])].join("/");
    const tries = record.attemptCount > 1 ? `, ${record.attemptCount} attempts` : "";
    const cached = record.cachedInputTokens > 0 ? ` (${record.cachedInputTokens} cached)` : "";
    const parts = [
      `${askedModel && `${askedModel} → `}${model || (askedModel ? "(unknown)" : record.operation)}${place === "" ? "" : ` → ${place}`}${tries}`,
      `${record.inputTokens}${cached} + ${record.outputTokens} tokens`,
      cost === 0n ? "" : `${formatNano(cost)} ${currency}`,
      `${record.latencyMs} ms${record.firstTokenMs === null ? "" : `, first token ${record.firstTokenMs} ms`}`,
      caller.name ?? record.keyId,
    ];
    return this.#show(record.status, parts, outcome === "ok" ? undefined : `${outcome}: ${cleanReason(reason ?? "")}`);
  }

  #showRefused({ status, operation, error, client, durationMs, caller }: RefusedRequest): string {
    const parts = [operation, `${Math.round(durationMs)} ms`, caller?.name ?? caller?.keyId ?? client];
    return this.#show(status, parts, `${error.code}: ${reasonOf(operation, error)}`);
  }

  #show(status: number, parts: readonly string[], problem: string | undefined): string {
    const text = [...parts, ...(problem === undefined ? [] : [problem])].filter((part) => part !== "").join(" · ");
    return `[${clockOf(this.#now())}] ${status} ${escapeUnprintable(text)}\n`;
  }

  /** The time of day in ISO 8601, made once a millisecond. */
  #now(): string {
    const nowMs = Date.now();
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#time = new Date(nowMs).toISOString();
    }
    return this.#time;
  }

  /** A name as a string of JSON. The same names come with every request. */
  #quote(name: string): string {
    let quoted = this.#quoted.get(name);
    if (quoted === undefined) {
      if (this.#quoted.size >= quotedMax) this.#quoted.clear();
      this.#quoted.set(name, (quoted = quoteOnce(name)));
    }
    return quoted;
  }
}

function quoteOnce(text: string): string {
  return escapeInJson(JSON.stringify(text));
}

/** What an operator has written wrongly is told; it is no prompt. */
function reasonOf(operation: string, { code, message, logMessage }: SahabError): string {
  return cleanReason(operation === "admin" && quotesCaller(code) ? message : logMessage);
}

/** A message may repeat a name that the caller sent, and keys end up in wrong fields. */
function cleanReason(message: string): string {
  const line = maskKeys(message.slice(0, reasonCharsMax * 2)).replaceAll("\n", " ");
  return line.length > reasonCharsMax ? `${line.slice(0, reasonCharsMax)}…` : line;
}

/** The time of day in the machine's zone. */
function clockOf(time: string): string {
  return new Date(time).toTimeString().slice(0, 8);
}
