import { assert, must } from "../base/assert.ts";
import { errorTable, SahabError, toSahabError, type ErrorCode } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { Attempt, type Operation } from "../call/index.ts";
import type { Target } from "../config/index.ts";
import { largeBytesMin, openLarge, type BodyThread } from "../dialect/aside/index.ts";
import type { Dialect, OpenedRequest } from "../dialect/dialect.ts";
import type { Caller } from "../ledger/index.ts";
import {
  BatchCalls,
  BatchDraft,
  batchFormOf,
  ProviderTarget,
  type Batching,
  type Provider,
  type VendorBatchState,
} from "../vendor/index.ts";
import type { KeptReasoning } from "./kept-reasoning.ts";
import type { Attribution } from "./tags/attribution.ts";
import type { RecordedAccounts } from "./usage-record.ts";

export interface VendorBatchDeps {
  log: Log;
  bodies: BodyThread;
  /** Where the reasoning of turns is kept; undefined where the project wants none kept. */
  memory?: KeptReasoning | undefined;
  /** Where lines wait on their way to the vendor, enciphered. */
  folder: string;
  /** Gives up what is under way. */
  signal?: AbortSignal | undefined;
}

/** Lines of a client's batch that one vendor serves: of one model, at one target. */
export interface BatchPart {
  /** Its name, unique for ever: it is in the vendor's batch and in each record. At most 40 letters, digits and `_`. */
  marker: string;
  caller: Caller;
  /** Whose budgets its lines count against. */
  accounts?: RecordedAccounts | undefined;
  /** Whom the batch is for, which its lines may say better. */
  attribution?: Attribution | undefined;
  /** The client's. */
  dialect: Dialect;
  operation: Operation;
  path: string;
  /** As the client calls it. */
  model: string;
  target: Target;
}

export interface BatchLine {
  line: number;
  customId: string;
  body: Uint8Array;
}

/** What is to be kept of a batch that a vendor has. JSON. */
export interface VendorJob {
  marker: string;
  provider: string;
  /** The wire format of its lines. */
  api: string;
  vendorId: string;
  /** When it was submitted, since 1970: the prices of that time hold. */
  submittedMs: number;
  /** The numbers of its lines in their order, as first and last of runs. */
  lines: readonly (readonly [first: number, last: number])[];
}

interface Submitted {
  /** Undefined where no line was fit to be sent. */
  job: VendorJob | undefined;
  /** The first line for which there was no room; undefined where all were taken or left out. */
  next: number | undefined;
}

interface SubmitOptions {
  window?: string | undefined;
  /** An earlier submission under this marker may have reached the vendor: when it began, and the vendor's batches that are known to be others. One that is only sought is not created where it is not there. */
  resume?: { sinceMs: number; known: ReadonlySet<string>; isOnlySought?: boolean } | undefined;
  /** Told of each line that no batch of this vendor can have; whoever keeps the batch may serve it by a single call. */
  onLeftOut(line: number, error: SahabError): void | Promise<void>;
}

/** The bounds of a target's batches of such calls, and the wire format of their lines; undefined where it has none, or is to be given none. */
export function batchBoundsOf(target: Target, call: { operation: Operation; dialect: string }) {
  if (target.upstream instanceof ProviderTarget && !target.upstream.givesBatches) return undefined;
  const { form, dialect } = batchingOf(target, call) ?? {};
  if (!form || !dialect) return undefined;
  return { linesMax: form.linesMax, bytesMax: form.bytesMax, windows: form.windows, api: dialect.api };
}

/** Who submitted a batch: only this account knows it. */
export interface Submitter {
  /** The provider's name. */
  provider: string;
  /** The place that its key had, where the provider had several. */
  key: number | null;
  keyHash: string;
}

/** The provider with the key that submitted a batch, wherever that is among its keys by now. Where there is one key, then and now, it is the account's new one. */
export function submitterOf(
  providers: Iterable<Provider>,
  { provider: name, key, keyHash }: Submitter,
): Provider | undefined {
  const own = [...providers].filter((one) => one.name === name);
  const isAlone = key === null && own.length === 1;
  // A key that cannot be read for the moment has no hash of its own.
  const isHidden = ({ lacksSecret, keyPlace }: Provider) => lacksSecret && (keyPlace ?? null) === key;
  return own.find((one) => one.keyHash === keyHash) ?? own.find((one) => isAlone || isHidden(one));
}

/**
 * Gives lines to the vendor as one batch, as many as it takes. Every body is made as that of a single call is. Nothing is paid twice:
 * with `resume` the batch is looked for before it is created, and after a creation whose answer did not come as well; where that cannot
 * be told yet it rejects with `conflict`. After any rejection it is to be called again with `resume`.
 */
export async function submitBatch(
  deps: VendorBatchDeps,
  part: BatchPart,
  lines: AsyncIterable<BatchLine>,
  { window, resume, onLeftOut }: SubmitOptions,
): Promise<Submitted> {
  const { marker, target } = part;
  assert(/^\w{1,40}$/.test(marker), "a marker is 1 to 40 letters, digits and underscores");
  const { upstream, batching } = placeOf(part);
  const form = batchFormOf(batching.form);
  const calls = new BatchCalls(upstream.provider, batching.dialect, deps.signal);
  const draft = await BatchDraft.open(deps.folder, form, { bounds: batching.form, path: batching.path, marker });
  try {
    let next: number | undefined;
    for await (const { line, body } of lines) {
      deps.signal?.throwIfAborted();
      const made = await makeBody(deps, part, body).catch(toSahabError);
      const added = made instanceof SahabError ? made : await draft.add(line, made);
      if (added instanceof SahabError) await onLeftOut(line, added);
      else if (!added) {
        next = line;
        break;
      }
    }
    if (draft.lines.length === 0) return { job: undefined, next };
    await draft.finish();
    const order = {
      marker,
      path: batching.path,
      window: window ?? must(batching.form.windows[0], "a vendor's batches have a window"),
      lines: draft.lines.length,
    };
    const submittedMs = resume?.sinceMs ?? Date.now();
    const search = { sinceMs: submittedMs, known: resume?.known ?? new Set<string>() };
    const found = resume && (await find());
    if (found === undefined && resume?.isOnlySought) return { job: undefined, next };
    const vendorId = found ?? (await create());
    const { provider } = target;
    const { api } = batching.dialect;
    return { job: { marker, provider, api, vendorId, submittedMs, lines: runsOf(draft.lines) }, next };

    async function create(): Promise<string> {
      try {
        return await form.create(calls, draft.spool, order);
      } catch (error) {
        if (isRefusal(error)) throw error;
        // It may have been created all the same.
        const created = await find();
        if (created === undefined) throw error;
        return created;
      }
    }

    /** A failure of the search leaves it open whether the batch is there. */
    async function find(): Promise<string | undefined> {
      try {
        return await form.find(calls, order, search);
      } catch (error) {
        const { code, message, retryAfterS, logMessage } = toSahabError(error);
        if (code === "conflict") throw error;
        throw new SahabError("conflict", `Cannot tell yet whether the vendor has the batch: ${message}`, {
          retryAfterS,
          logMessage,
          cause: error,
        });
      }
    }
  } finally {
    await draft.close();
  }
}

export async function lookAtBatch(deps: VendorBatchDeps, part: BatchPart, job: VendorJob): Promise<VendorBatchState> {
  const { form, calls, secrets } = openJob(deps, part, job);
  const state = await form.look(calls, job.vendorId);
  const mask = (text: string) => secrets.mask(text);
  return {
    ...state,
    errors: state.errors.map((one) => ({ ...one, code: mask(one.code), message: mask(one.message) })),
  };
}

/** Asks the vendor to stop. What it has served by then is paid for, and among the results once the batch has ended. */
export function cancelBatch(deps: VendorBatchDeps, part: BatchPart, job: VendorJob): Promise<void> {
  const { form, calls } = openJob(deps, part, job);
  return form.cancel(calls, job.vendorId);
}

/** Deletes what the vendor keeps of a batch whose results have been read. Never rejects: the vendor deletes it itself some day. */
export async function discardBatch(
  deps: VendorBatchDeps,
  part: BatchPart,
  job: VendorJob,
  state: VendorBatchState,
): Promise<void> {
  const { form, calls } = openJob(deps, part, job);
  await form.discard(calls, state);
}

export function openJob({ signal }: VendorBatchDeps, part: BatchPart, job: VendorJob) {
  const { upstream, batching } = placeOf(part, job.api);
  const calls = new BatchCalls(upstream.provider, batching.dialect, signal);
  return { upstream, batching, form: batchFormOf(batching.form), calls, secrets: upstream.provider.secrets };
}

/** A line as the request that its client could have sent alone. Rejects with SahabErrors that name the field. */
export async function openLine(
  { bodies }: VendorBatchDeps,
  { dialect, operation, path, caller }: BatchPart,
  body: Uint8Array,
): Promise<OpenedRequest> {
  const incoming = { operation, path, headers: noHeaders };
  if (body.length < largeBytesMin) return dialect.open({ ...incoming, body });
  // The thread takes over a body's memory, and the line is its owner's.
  return openLarge(
    { thread: bodies, dialect },
    { ...incoming, body: Uint8Array.from(body) },
    { caller, cancelled: undefined },
  );
}

const noHeaders = { get: () => null };

async function makeBody(deps: VendorBatchDeps, part: BatchPart, body: Uint8Array): Promise<readonly Uint8Array[]> {
  const call = await openLine(deps, part, body);
  if (call.stream) throw notInBatch("stream", "the answers of a batch are whole");
  const { keeps } = call;
  if (keeps?.isBackground) throw notInBatch("background", "a batch is in the background as a whole");
  if (keeps?.previous)
    throw notInBatch(keeps.previous.param, "answers that Sahab keeps are not there for a vendor's batch");
  if (keeps?.namedParts?.length) throw notInBatch("input", "parts of kept answers are not there for a vendor's batch");
  const { upstream, batching } = placeOf(part);
  const { memory } = deps;
  const attempt = new Attempt(part.target, { tenant: part.caller, memory });
  const { sent } = await upstream.prepare(call, attempt, batching);
  sent.release?.();
  if (sent.variant !== undefined && part.operation !== "chat")
    throw notInBatch("model", "this form of the operation has an address of its own");
  return sent.pieces;
}

/** The vendor has answered, and has created nothing. */
function isRefusal(error: unknown): boolean {
  return judgeSubmission(toSahabError(error).code) !== "doubtful";
}

/**
 * What a failed submission means: the vendor has not got the batch and does not want it; it has not got it, and may want it later; or
 * nobody knows whether it has it.
 */
export function judgeSubmission(code: ErrorCode): "refused" | "later" | "doubtful" {
  if (code === "upstream_rate_limited" || code === "upstream_unreachable") return "later";
  return isFinalRefusal(code) || code === "upstream_authentication" ? "refused" : "doubtful";
}

/** What is asked for is not there, or not allowed, however often it is asked for. */
export function isFinalRefusal(code: ErrorCode): boolean {
  if (code === "conflict" || code === "client_closed_request") return false;
  return errorTable[code].blame === "caller" || code === "upstream_model_not_found";
}

function notInBatch(param: string, why: string): SahabError {
  return new SahabError("unsupported_parameter", `${param}: not in a batch of the vendor's, since ${why}`, { param });
}

export function placeOf(
  { target, operation, dialect }: BatchPart,
  api?: string,
): { upstream: ProviderTarget; batching: Batching } {
  const batching = batchingOf(target, { operation, dialect: dialect.name }, api);
  if (batching && target.upstream instanceof ProviderTarget) return { upstream: target.upstream, batching };
  throw new SahabError(
    "unsupported_operation",
    `Provider ${target.provider} has no batches of operation "${operation}" for its model ${target.model}`,
  );
}

function batchingOf({ upstream }: Target, call: { operation: Operation; dialect: string }, api?: string) {
  return upstream instanceof ProviderTarget ? upstream.batchingOf(call, api) : undefined;
}

function runsOf(lines: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else runs.push([line, line]);
  }
  return runs;
}
