import { SahabError, toSahabError, type ErrorCode } from "../base/errors.ts";
import { formatNano } from "../base/money.ts";
import { Attempt, type Answer, type Batch, type Usage } from "../call/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";
import { jsonType } from "../dialect/media-types.ts";
import { parseJson } from "../dialect/vendor-error.ts";
import type { UsageRecord } from "../ledger/index.ts";
import {
  isFinal,
  lineOf,
  type RawAnswer,
  type RawResult,
  type VendorBatchError,
  type VendorBatchState,
} from "../vendor/index.ts";
import { Bill } from "./bill.ts";
import { statusOf } from "./respond.ts";
import { attributionOf } from "./tags/attribution.ts";
import { endedEarly } from "./try-targets.ts";
import { recordOf } from "./usage-record.ts";
import {
  openJob,
  openLine,
  placeOf,
  type BatchLine,
  type BatchPart,
  type VendorBatchDeps,
  type VendorJob,
} from "./vendor-batch.ts";

interface ResultsSource {
  job: VendorJob;
  state: VendorBatchState;
  lineAt(line: number): Promise<BatchLine>;
  /** Told how many lines the vendor has served, by its own word, and does not give out. With true these are left for later, and so are all others without a result. */
  mayWait?: ((lacking: number) => boolean) | undefined;
}

/** What became of a line. One of `response` and `error` is there, as in a line of OpenAI's output. */
export interface LineResult {
  line: number;
  customId: string;
  /** The answer, or the vendor's error, as the client's dialect has it. JSON. */
  response: { status: number; requestId: string; body: string } | null;
  /** Why the vendor did not serve it. */
  error: { code: string; message: string } | null;
  usage: Usage | undefined;
  /** Its id is made of the part's marker and the number of the line, so that it counts once, however often results are read. */
  record: UsageRecord;
}

/**
 * The results of a batch that has ended, each line once: those that came in whatever order, then those that did not. `lineAt` gives a line
 * as it was submitted. Reading them twice gives the same records.
 */
export async function* batchResults(
  deps: VendorBatchDeps,
  part: BatchPart,
  { job, state, lineAt, mayWait = () => false }: ResultsSource,
): AsyncGenerator<LineResult> {
  const { form, calls, secrets } = openJob(deps, part, job);
  if (!isFinal(state))
    throw new SahabError("conflict", `The batch is ${state.status}; its results are there once it has ended`);
  const waiting = new Set(job.lines.flatMap(([first, last]) => range(first, last)));
  let answers = 0;
  const odd = { unreadable: 0, unknown: 0, repeated: 0 };
  // A file that breaks off is read again from its start, and there are two.
  let left = 8 * waiting.size + spareLines;
  for await (const raw of form.results(calls, state)) {
    if (left-- === 0)
      throw new SahabError("upstream_invalid_response", `The vendor's results have far more lines than the batch`);
    const line = raw && lineOf(job.marker, raw.customId);
    if (!raw) odd.unreadable++;
    else if (line === undefined || !isOf(job, line)) odd.unknown++;
    else if (!waiting.delete(line)) odd.repeated++;
    else {
      if (raw.outcome.type === "answer") answers++;
      yield await readResult(deps, part, { job, state, line: await lineAt(line), raw: masked(raw) });
    }
  }
  const lacking = state.errors.length > 0 ? 0 : lackingOf(state, waiting.size, answers);
  if (lacking > 0 && mayWait(lacking)) return;
  const where = { provider: job.provider, batch: job.marker, missing: waiting.size };
  if (odd.unreadable + odd.unknown > 0 || (waiting.size > 0 && state.status === "completed"))
    deps.log.warn({ ...where, ...odd }, "the results of a vendor's batch are not what was asked for");
  let position = 0;
  for (const [first, last] of job.lines)
    for (const number of range(first, last)) {
      position++;
      if (!waiting.has(number)) continue;
      const told = state.errors.find((error) => error.position === position) ?? state.errors.find(isGeneral);
      const outcome = told ? { type: "failed" as const, code: told.code, message: told.message } : unservedBy(state);
      const raw = masked({ customId: "", requestId: null, outcome });
      yield await readResult(deps, part, { job, state, line: await lineAt(number), raw });
    }

  /** An answer is masked where it is read. */
  function masked(raw: RawResult): RawResult {
    const { outcome } = raw;
    if (outcome.type !== "failed") return raw;
    const [code, message] = [outcome.code, outcome.message].map((text) => secrets.mask(text)) as [string, string];
    return { ...raw, outcome: { type: "failed", code, message } };
  }
}

/** Of a batch that was served whole each line has a result; of another as many as it says. */
function lackingOf({ status, counts }: VendorBatchState, waiting: number, answers: number): number {
  return status === "completed" ? waiting : Math.min(waiting, Math.max(0, counts.completed - answers));
}

/** Of results, beyond those that there can be: strange ones are not counted exactly. */
const spareLines = 1_000;

function isGeneral({ position }: VendorBatchError): boolean {
  return position === undefined;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function isOf({ lines }: VendorJob, line: number): boolean {
  return lines.some(([first, last]) => first <= line && line <= last);
}

/** What became of a line that no result is of. */
function unservedBy({ status }: VendorBatchState): RawResult["outcome"] {
  if (status === "expired") return { type: "expired" };
  if (status === "cancelled") return { type: "cancelled" };
  if (status === "failed") return { type: "failed", code: "batch_failed", message: "The vendor refused the batch" };
  return { type: "failed", code: "result_missing", message: "The vendor's results do not have this line" };
}

interface Reading {
  job: VendorJob;
  state: VendorBatchState;
  line: BatchLine;
  raw: RawResult;
}

type Read = Reading & { call: OpenedRequest; attempt: Attempt };

async function readResult(deps: VendorBatchDeps, part: BatchPart, reading: Reading): Promise<LineResult> {
  const { job, raw, line } = reading;
  const attempt = new Attempt(part.target, { tenant: part.caller });
  const bill = new Bill(job.submittedMs, { isBatch: true });
  bill.begin(part.target.prices, part.target.charge);
  if (raw.requestId !== null && /^[\x21-\x7e]{1,128}$/.test(raw.requestId)) attempt.noteVendorRequestId(raw.requestId);
  const { outcome } = raw;
  const { line: number, customId } = line;
  if (outcome.type !== "answer") {
    const { failure, error } = describeUnserved(outcome);
    attempt.close(failure);
    const record = makeRecord(part, reading, { bill, attempt, status: failure.status, outcome: failure.code });
    return { line: number, customId, response: null, error, usage: undefined, record };
  }
  const requestId = raw.requestId ?? recordId(reading);
  let call: OpenedRequest | undefined;
  try {
    call = await openLine(deps, part, line.body);
    const { body, settle } = await readAnswer(deps, part, { ...reading, call, attempt, bill });
    attempt.close();
    const record = settle(200, "ok");
    return {
      line: number,
      customId,
      response: { status: 200, requestId, body },
      error: null,
      usage: attempt.usage,
      record,
    };
  } catch (thrown) {
    const failure = toSahabError(thrown);
    if (call) await noteUsage(deps, part, { ...reading, call, attempt });
    attempt.close(failure);
    const { dialect } = part;
    const status = statusOf(dialect, failure);
    const own = failure.vendorBody?.dialect === dialect.name ? failure.vendorBody.text : undefined;
    const body = own ?? JSON.stringify(dialect.encodeError(failure, requestId).body);
    const record = makeRecord(part, reading, { bill, attempt, call, status, outcome: failure.code });
    return { line: number, customId, response: { status, requestId, body }, error: null, usage: attempt.usage, record };
  }
}

/** The same way as the answer to a single call: read by the vendor's dialect, written by the client's. */
async function readAnswer(
  deps: VendorBatchDeps,
  part: BatchPart,
  reading: Read & { bill: Bill },
): Promise<{ body: string; settle(status: number, outcome: "ok"): UsageRecord }> {
  const { raw, call, attempt, bill } = reading;
  const { outcome } = raw;
  if (outcome.type !== "answer") throw endedEarly();
  if (outcome.status < 300) attempt.markSent();
  const answer = await openAnswer(deps, part, reading, outcome);
  const batches = await readBatches(answer, attempt);
  const record = (status: number, code: "ok") =>
    makeRecord(part, reading, { bill, attempt, call, status, outcome: code });
  const writer = call.writer({
    requestId: recordId(reading),
    isRaw: answer.isRaw,
    contentType: answer.contentType,
    usageExtra: () => (attempt.hidesCache ? {} : costFields()),
  });
  for (const batch of batches) writer.write(batch);
  const written = (await writer.endInTurns?.()) ?? writer.end();
  return { body: typeof written === "string" ? written : Buffer.from(written).toString(), settle: record };

  function costFields() {
    const cost = bill.costOf([attempt], factsOf(part, attempt, call, "ok"));
    return { cost: formatNano(cost), cost_currency: bill.currency };
  }
}

async function openAnswer(
  deps: VendorBatchDeps,
  part: BatchPart,
  { job, call, attempt }: Read,
  { status, body }: Pick<RawAnswer, "status" | "body">,
): Promise<Answer> {
  const { upstream, batching } = openJob(deps, part, job);
  // How the answer is read must not depend on what of the request can be made once more.
  const asSent = { dialect: batching.dialect, sent: { pieces: [] } };
  const prepared = await upstream.prepare(call, attempt, batching).catch(() => asSent);
  return upstream.read(prepared, call, attempt, heldAnswer(status, body));
}

/** An answer that is not passed on, such as one that repeats the provider's key, is paid for all the same. */
async function noteUsage(deps: VendorBatchDeps, part: BatchPart, reading: Read): Promise<void> {
  const { outcome } = reading.raw;
  const { attempt } = reading;
  if (outcome.type !== "answer" || outcome.status >= 300 || attempt.usage) return;
  const { secrets } = openJob(deps, part, reading.job);
  try {
    // Written anew, since JSON can write any letter of a secret as an escape.
    const plain = secrets.mask(JSON.stringify(parseJson(Buffer.from(outcome.body).toString())) ?? "");
    await readBatches(await openAnswer(deps, part, reading, { status: 200, body: Buffer.from(plain) }), attempt);
  } catch {
    // It says nothing that can be read.
  }
}

async function readBatches(answer: Answer, attempt: Attempt): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (;;) {
    const batch = await answer.read();
    if (!batch) throw endedEarly();
    attempt.note(batch.facts);
    if (batch.facts.failure) throw batch.facts.failure;
    batches.push(batch);
    if (batch.facts.isEnd) return batches;
  }
}

/** An answer that has come whole. */
function heldAnswer(status: number, body: Uint8Array) {
  const headers: Readonly<Record<string, string>> = { "content-type": jsonType, "content-length": String(body.length) };
  let isRead = false;
  return {
    status,
    header: (name: string) => headers[name] ?? null,
    read() {
      const value = isRead ? undefined : body;
      isRead = true;
      return { done: value === undefined, value };
    },
    cancel: () => Promise.resolve(),
  };
}

/** What is recorded of a line that was not served, and what its client hears in OpenAI's words. */
function describeUnserved(outcome: Exclude<RawResult["outcome"], { type: "answer" }>): {
  failure: SahabError;
  error: { code: string; message: string };
} {
  if (outcome.type === "failed") {
    const { code, message } = outcome;
    return { failure: new SahabError("upstream_error", message, { vendorCode: code }), error: { code, message } };
  }
  if (outcome.type === "expired") {
    const message = "This request could not be executed before the completion window expired.";
    return { failure: new SahabError("upstream_timeout", message), error: { code: "batch_expired", message } };
  }
  const message = "This request was not executed, since the batch was cancelled.";
  return { failure: new SahabError("client_closed_request", message), error: { code: "batch_cancelled", message } };
}

function recordId({ job, line }: Reading): string {
  return `${job.marker}-${line.line}`;
}

function factsOf(
  { operation }: BatchPart,
  { startedMs }: Attempt,
  call: OpenedRequest | undefined,
  outcome: UsageRecord["outcome"],
) {
  return { startedMs, operation, promptBytes: call?.promptBytes ?? 0, pieces: call?.pieces, outcome };
}

/** As that of a single request; its latency is the batch's. */
function makeRecord(
  part: BatchPart,
  reading: Reading,
  end: { bill: Bill; attempt: Attempt; call?: OpenedRequest | undefined; status: number; outcome: "ok" | ErrorCode },
): UsageRecord {
  const { job, state } = reading;
  const { bill, attempt, call, status, outcome } = end;
  // Of a batch that outlives processes only times of day are known.
  const readMs = Date.now();
  return recordOf(bill, [attempt], factsOf(part, attempt, call, outcome), {
    id: recordId(reading),
    time: job.submittedMs,
    caller: part.caller,
    attribution: attributionOf({
      headers: undefined,
      body: call?.labels?.(),
      base: part.attribution,
      key: undefined,
      providerKeys: new Set(placeOf(part, reading.job.api).upstream.provider.secrets.keys),
    }),
    model: part.model,
    provider: attempt.provider,
    dialect: part.dialect.name,
    status,
    streamed: false,
    latencyMs: Math.max(0, (state.endedMs ?? readMs) - job.submittedMs),
    firstTokenMs: null,
    askedModel: "",
    accounts: part.accounts,
  });
}
