import { unreachable } from "../../base/assert.ts";
import type { SahabError } from "../../base/errors.ts";
import type { Tenant } from "../../base/shares.ts";
import { decodeError } from "../../base/wire-error.ts";
import type {
  Aside,
  Attempt,
  Carrier,
  ClientProof,
  MuteTurn,
  PreparedRequest,
  TranslatedRequest,
  TurnChanges,
  TurnShape,
} from "../../call/index.ts";
import type { Dialect, IncomingRequest, OpenedRequest, WriterOptions } from "../dialect.ts";
import type { TranslationTarget } from "../translate.ts";
import type { BodyThread } from "./body-thread.ts";
import type { Done, Task, TaskRequest } from "./messages.ts";

/**
 * From this size on the thread decodes and encodes a request for another dialect. The worst bodies of it would take the
 * serving thread 20 ms, usual ones take 1 ms.
 */
export const largeBytesMin = 256 * 1024;
/** From this size on the thread also looks for the top-level fields: the worst bodies take 10 ms per MiB, usual ones 0.05. */
const openedBytesMin = 1024 * 1024;

export interface AsideDeps {
  thread: BodyThread;
  /** The client's. */
  dialect: Dialect;
}

/** The owner of a request, and why it was cancelled; undefined while it was not. */
export interface RequestOwner {
  readonly caller: Tenant;
  readonly cancelled: SahabError | undefined;
}

/** Opens a request whose body is large. Rejects with what `Dialect.open` throws, and as `BodyThread.run`. */
export async function openLarge(
  deps: AsideDeps,
  incoming: IncomingRequest,
  owner: RequestOwner,
): Promise<OpenedRequest> {
  const { thread, dialect } = deps;
  if (incoming.body.length < openedBytesMin)
    return new LargeRequest(deps, incoming, dialect.open(incoming), owner.caller);
  const { body } = incoming;
  const request = taskRequest(dialect, incoming);
  const isOver = () => owner.cancelled !== undefined;
  const end = await thread.run(request, { type: "open" }, body, { tenant: owner.caller, isOver });
  const opened = { ...incoming, body: end.body, found: valueOf(end.done) };
  return new LargeRequest(deps, opened, dialect.open(opened), owner.caller);
}

/** A request whose body is with the thread while that works on it. Attempts follow each other, so nobody needs it meanwhile. */
export class LargeRequest implements OpenedRequest {
  readonly #deps: AsideDeps;
  readonly #incoming: IncomingRequest;
  readonly #tenant: Tenant;
  #call: OpenedRequest;
  readonly aside: Aside;

  constructor(deps: AsideDeps, incoming: IncomingRequest, call: OpenedRequest, tenant: Tenant) {
    this.#deps = deps;
    this.#incoming = incoming;
    this.#call = call;
    this.#tenant = tenant;
    this.aside = {
      translate: (to, target, attempt) => this.#translate(to, target, attempt),
      decode: (carrier, attempt) => this.#decode(carrier, attempt),
      muteTurns: (attempt) => this.#muteTurns(attempt),
      fitTurns: (shape, attempt) => this.#fitTurns(shape, attempt),
      proofs: (model, attempt) => this.#proofs(model, attempt),
    };
  }

  get found() {
    return this.#call.found;
  }

  get body() {
    return this.#incoming.body;
  }

  get operation() {
    return this.#call.operation;
  }

  get dialect() {
    return this.#call.dialect;
  }

  get model() {
    return this.#call.model;
  }

  get stream() {
    return this.#call.stream;
  }

  get conversation() {
    return this.#call.conversation;
  }

  get choiceCount() {
    return this.#call.choiceCount;
  }

  get vectorEncoding() {
    return this.#call.vectorEncoding;
  }

  get offersTools() {
    return this.#call.offersTools;
  }

  get promptBytes() {
    return this.#call.promptBytes;
  }

  get pieces() {
    return this.#call.pieces;
  }

  get bytesType() {
    return this.#call.bytesType;
  }

  rewrite(...args: Parameters<OpenedRequest["rewrite"]>) {
    return this.#call.rewrite(...args);
  }

  isOwnTool(name: string) {
    return this.#call.isOwnTool?.(name) ?? false;
  }

  get keeps() {
    return this.#call.keeps;
  }

  labels() {
    return this.#call.labels?.();
  }

  muteTurns() {
    return this.#call.muteTurns?.() ?? [];
  }

  hasSystemTurns() {
    return this.#call.hasSystemTurns?.() ?? false;
  }

  fitTurns(shape: TurnShape) {
    return this.#call.fitTurns?.(shape) ?? { edits: [], dropped: [] };
  }

  proofKeys() {
    return this.#call.proofKeys?.() ?? [];
  }

  proofs(model: string) {
    return this.#call.proofs?.(model) ?? [];
  }

  decode() {
    return this.#call.decode();
  }

  writer(options: WriterOptions) {
    return this.#call.writer(options);
  }

  async #translate(to: string, target: TranslationTarget, attempt: Attempt) {
    const task: Task = { type: "translate", found: this.#call.found, to, target };
    return (await this.#run(task, attempt)) as TranslatedRequest;
  }

  async #decode(carrier: Carrier, attempt: Attempt) {
    const task: Task = { type: "decode", found: this.#call.found, carrier };
    return (await this.#run(task, attempt)) as PreparedRequest;
  }

  async #muteTurns(attempt: Attempt) {
    return (await this.#run({ type: "mute-turns", found: this.#call.found }, attempt)) as MuteTurn[];
  }

  async #fitTurns(shape: TurnShape, attempt: Attempt) {
    return (await this.#run({ type: "fit-turns", found: this.#call.found, shape }, attempt)) as TurnChanges;
  }

  async #proofs(model: string, attempt: Attempt) {
    return (await this.#run({ type: "proofs", found: this.#call.found, model }, attempt)) as ClientProof[];
  }

  async #run(task: Task, attempt: Attempt): Promise<unknown> {
    const cancelled = Promise.withResolvers<never>();
    attempt.onCancel(cancelled.reject);
    attempt.throwIfCancelled();
    try {
      return await Promise.race([this.#send(task, attempt), cancelled.promise]);
    } finally {
      attempt.onCancel(undefined);
    }
  }

  async #send(task: Task, attempt: Attempt): Promise<unknown> {
    const { thread, dialect } = this.#deps;
    const isOver = () => attempt.reason !== undefined;
    const owner = { tenant: this.#tenant, isOver };
    const end = await thread.run(taskRequest(dialect, this.#incoming), task, this.#incoming.body, owner);
    this.#incoming.body = end.body;
    this.#call = dialect.open({ ...this.#incoming, found: this.#call.found });
    return valueOf(end.done);
  }
}

export function taskRequest(
  { name }: Dialect,
  { operation, path, query = "", queuedId }: IncomingRequest,
): TaskRequest {
  return { dialect: name, operation, path, query, queuedId };
}

export function valueOf(done: Done): unknown {
  switch (done.type) {
    case "value":
      return done.value;
    case "error":
      throw decodeError(done.error);
    case "fault":
      throw Object.assign(new Error(done.message), { stack: done.stack });
    default:
      return unreachable(done);
  }
}
