import { readFileSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { nobody, type Tenant } from "../base/shares.ts";
import {
  noUsage,
  type ChatEvent,
  type ChatRequest,
  type CompletionRequest,
  type DetokenizeRequest,
  type EmbeddingRequest,
  type EncodedRequest,
  type Ranked,
  type RerankRequest,
  type TokenizeRequest,
  type TokenPiece,
  type Usage,
} from "../call/index.ts";
import { aborted, Call } from "./client-call.ts";
import { FrameWriter } from "./frame-writer.ts";
import { LineReader } from "./line-reader.ts";
import {
  aliveMs,
  childFrameBytesMax,
  clientFrameBytesMax,
  decodeError,
  type ChildFrame,
  type ChildStatus,
  type PromptBound,
  type SentFrame,
} from "./protocol.ts";
import { resolveSocketPath } from "./socket-path.ts";
import { Suspects } from "./suspects.ts";
import { WaitForEngine } from "./wait-for-engine.ts";

interface EngineClientOptions {
  /** The model's name for callers; the `start` event has it. */
  name: string;
  socketPath: string;
  /** How long requests wait for an engine that loads or restarts; 30 s by default. */
  waitMs?: number;
  /** A child from which nothing comes for this long hangs; 60 s by default. */
  silentMs?: number;
  /** Where requests wait for a model that is not loaded, and so have it loaded; none where all engines run always. See door.ts. */
  doorPath?: string;
}

interface CallOptions {
  /** After an abort one last usage event still comes, with what was used until then, unless the child is gone. */
  signal: AbortSignal;
  /** Called with what was used until the abort, where a call has no events. */
  onCounted?: (usage: Usage) => void;
  /** The request's project and key. What the engine keeps of it may be used for the same project only; the queue is fair between tenants. */
  tenant?: Tenant;
  /** Called when the request goes to the child; until then it waits for an engine that loads. */
  onSent?: () => void;
  /** Called before the first events with the paths of what of the schemas the answer is not held to. */
  onLeftOut?: (paths: readonly string[]) => void;
}

interface RankingResult {
  model: string;
  results: Ranked[];
  usage: Usage;
}

interface EmbeddingResult {
  model: string;
  /** In the order of the inputs. */
  vectors: Float32Array[];
  usage: Usage;
}

/** A child that works greets within one turn of its event loop. */
const greetingMs = 5_000;

/** Twelve signs of life. The supervisor has ended such a child before; this is for one that even a SIGKILL does not end. */
const silentMsDefault = 12 * aliveMs;
/** In so many parts the silence is counted. */
const silentTurnsMax = 12;

/** Sends requests to an engine's child over its socket, from any process. Connects when first used, and again when the child was replaced. */
export class EngineClient {
  readonly name: string;
  readonly #socketPath: string;
  readonly #silentMs: number;
  readonly #waiting: WaitForEngine<Connection>;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #closed = false;
  /** Requests that may have ended the engine. */
  readonly suspects = new Suspects();
  /** What the engine that was last connected to can read; undefined before. */
  promptBound: PromptBound | undefined;

  constructor(options: EngineClientOptions) {
    this.name = options.name;
    this.#socketPath = resolveSocketPath(options.socketPath);
    this.#silentMs = options.silentMs ?? silentMsDefault;
    const { name, waitMs = 30_000, doorPath } = options;
    this.#waiting = new WaitForEngine(
      { open: () => this.#open(), readFailure: () => readFailure(this.#socketPath) },
      { name, waitMs, doorPath: doorPath && resolveSocketPath(doorPath) },
    );
  }

  chat(request: ChatRequest | EncodedRequest, options: CallOptions): AsyncIterable<ChatEvent[]> {
    return this.#stream((id) => ({ id, op: "chat", tenant: tenantOf(options), request }), options);
  }

  complete(request: CompletionRequest | EncodedRequest, options: CallOptions): AsyncIterable<ChatEvent[]> {
    return this.#stream((id) => ({ id, op: "complete", tenant: tenantOf(options), request }), options);
  }

  async embed(request: EmbeddingRequest | EncodedRequest, options: CallOptions): Promise<EmbeddingResult> {
    const frame = await this.#ask((id) => ({ id, op: "embed", tenant: tenantOf(options), request }), options);
    if (!frame || !("vectors" in frame)) throw aborted();
    return { model: this.name, vectors: frame.vectors.map(decodeVector), usage: frame.usage };
  }

  /** Documents by how near they are to the query, of a model that can rank. */
  async rank(request: RerankRequest | EncodedRequest, options: CallOptions): Promise<RankingResult> {
    const frame = await this.#ask((id) => ({ id, op: "rank", tenant: tenantOf(options), request }), options);
    if (!frame || !("ranking" in frame)) throw aborted();
    return { model: this.name, results: frame.ranking, usage: frame.usage };
  }

  /** How many tokens the prompt of a chat has. */
  async count(request: ChatRequest | EncodedRequest, options: CallOptions): Promise<number> {
    const frame = await this.#ask((id) => ({ id, op: "count", tenant: tenantOf(options), request }), options);
    if (!frame || !("inputTokens" in frame)) throw aborted();
    return frame.inputTokens;
  }

  async tokenize(
    request: TokenizeRequest | EncodedRequest,
    options: CallOptions,
  ): Promise<{ tokens: number[]; pieces?: TokenPiece[] | undefined }> {
    const frame = await this.#ask((id) => ({ id, op: "tokenize", tenant: tenantOf(options), request }), options);
    if (!frame || !("tokens" in frame)) throw aborted();
    return { tokens: frame.tokens, pieces: frame.pieces };
  }

  async detokenize(request: DetokenizeRequest | EncodedRequest, options: CallOptions): Promise<string> {
    const frame = await this.#ask((id) => ({ id, op: "detokenize", tenant: tenantOf(options), request }), options);
    if (!frame || !("text" in frame)) throw aborted();
    return frame.text;
  }

  /** The prompt of a chat, as the model's template writes it. */
  async applyTemplate(request: ChatRequest | EncodedRequest, options: CallOptions): Promise<string> {
    const frame = await this.#ask((id) => ({ id, op: "apply-template", tenant: tenantOf(options), request }), options);
    if (!frame || !("text" in frame)) throw aborted();
    return frame.text;
  }

  async status(options: CallOptions): Promise<ChildStatus> {
    const frame = await this.#ask((id) => ({ id, op: "status" }), options);
    if (!frame || !("status" in frame)) throw aborted();
    return frame.status;
  }

  /** Connects in the background to an engine that runs, so that what it is gets known before the first request. */
  meet(): void {
    if (this.promptBound || this.#closed) return;
    this.#open().catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
    this.#connection = undefined;
    this.#waiting.fail(this.#closedError());
  }

  async *#stream(frame: (id: number) => SentFrame, options: CallOptions): AsyncGenerator<ChatEvent[], void> {
    const connection = await this.#connect(options);
    if (!connection) {
      yield [{ type: "usage", usage: noUsage }];
      return;
    }
    const call = connection.open(frame, options);
    try {
      for (;;) {
        const events = call.take() ?? (await call.next());
        if (!events) return;
        for (const event of events) if (event.type === "start") event.model = this.name;
        yield events;
      }
    } finally {
      call.leave();
    }
  }

  /** For calls that are answered by one frame; undefined when the caller gave up. */
  async #ask(frame: (id: number) => SentFrame, options: CallOptions): Promise<ChildFrame | undefined> {
    const connection = await this.#connect(options);
    const call = connection?.open(frame, options);
    try {
      for (const event of (await call?.next()) ?? []) if (event.type === "usage") options.onCounted?.(event.usage);
      return call?.answer;
    } finally {
      call?.leave();
    }
  }

  /** Undefined when the caller gave up while waiting. */
  async #connect({ signal, tenant = nobody }: CallOptions): Promise<Connection | undefined> {
    if (this.#closed) throw this.#closedError();
    if (signal.aborted) return undefined;
    if (this.#connection?.usable) return this.#connection;
    return await this.#waiting.wait(tenant, signal);
  }

  #closedError(): SahabError {
    return new SahabError("engine_unavailable", `The client of model ${this.name} is closed`);
  }

  /** Rejects when the engine does not serve now. */
  async #open(): Promise<Connection> {
    if (this.#connection?.usable) return this.#connection;
    this.#opening ??= Connection.open(
      { name: this.name, socketPath: this.#socketPath, silentMs: this.#silentMs },
      (connection) => {
        if (this.#connection === connection) this.#connection = undefined;
      },
    ).finally(() => (this.#opening = undefined));
    const connection = await this.#opening;
    if (this.#closed) {
      connection.close();
      throw this.#closedError();
    }
    this.#connection = connection;
    this.promptBound = connection.promptBound;
    return connection;
  }
}

/** Its two names alone: the caller's object may hold more. */
function tenantOf({ tenant = nobody }: CallOptions): Tenant {
  const { project, keyId, isBackground } = tenant;
  return { project, keyId, ...(isBackground && { isBackground }) };
}

/** Why the supervisor has given up on the engine, if it has. */
function readFailure(socketPath: string): string | undefined {
  try {
    return readFileSync(`${socketPath}.failed`, "utf8").slice(0, 1000);
  } catch {
    return undefined;
  }
}

function decodeVector(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  const vector = new Float32Array(bytes.length / 4);
  for (let i = 0; i < vector.length; i++) vector[i] = bytes.readFloatLE(i * 4);
  return vector;
}

/** One socket to a child, shared by many calls. */
class Connection {
  readonly #calls = new Map<number, Call>();
  readonly #name: string;
  #writer: FrameWriter | undefined;
  #end: () => void = () => undefined;
  #nextId = 1;
  #terminate: () => void = () => undefined;
  #watch: Timer | undefined;
  #silentTurns = 0;
  /** False once the child drains or the socket has closed. */
  usable = true;
  promptBound: PromptBound | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  static async open(
    { name, socketPath, silentMs }: { name: string; socketPath: string; silentMs: number },
    onGone: (connection: Connection) => void,
  ): Promise<Connection> {
    const connection = new Connection(name);
    const greeting = Promise.withResolvers<void>();
    const gone = () => {
      connection.usable = false;
      greeting.reject(new Error("the socket closed"));
      onGone(connection);
      connection.#lose();
    };
    const reader = new LineReader({
      lineBytesMax: childFrameBytesMax,
      onLine(line) {
        const frame = JSON.parse(line) as ChildFrame;
        if ("hello" in frame) {
          connection.promptBound = frame.reads;
          connection.#watch = setInterval(() => connection.#countSilence(silentMs), silentMs / silentTurnsMax);
          greeting.resolve();
        } else if ("alive" in frame) return;
        else if ("draining" in frame) {
          connection.usable = false;
          greeting.reject(new Error("the child is being stopped"));
          onGone(connection);
          connection.#endIfIdle();
        } else connection.#receive(frame);
      },
    });
    // It may reject before it is awaited below, and must not count as unhandled until then.
    greeting.promise.catch(() => undefined);
    const socket = await Bun.connect({
      unix: socketPath,
      socket: {
        data(socket, chunk) {
          connection.#silentTurns = 0;
          try {
            reader.push(chunk);
          } catch {
            socket.terminate();
            gone();
          }
        },
        drain: () => connection.#writer?.drain(),
        close: gone,
        error: gone,
      },
    });
    connection.#writer = new FrameWriter(socket, {
      waitingBytesMax: clientFrameBytesMax * 2,
      onOverflow: () => socket.terminate(),
    });
    connection.#end = () => socket.end();
    connection.#terminate = () => socket.terminate();
    const timer = setTimeout(() => greeting.reject(new Error("the child did not greet")), greetingMs);
    try {
      await greeting.promise;
    } catch (error) {
      socket.end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return connection;
  }

  open(frame: (id: number) => SentFrame, options: CallOptions): Call {
    const id = this.#nextId++;
    const call = new Call(options.signal, {
      leaveOut: (paths) => options.onLeftOut?.(paths),
      cancel: () => this.#send({ id, op: "cancel" }),
      forget: () => {
        this.#calls.delete(id);
        this.#endIfIdle();
      },
    });
    this.#calls.set(id, call);
    this.#send(frame(id));
    options.onSent?.();
    if (options.signal.aborted) call.cancel();
    return call;
  }

  close(): void {
    this.usable = false;
    this.#end();
    this.#lose();
  }

  #send(frame: SentFrame): void {
    this.#writer?.send(frame);
  }

  #receive(frame: Exclude<ChildFrame, { draining: true } | { hello: true } | { alive: true }>): void {
    const call = this.#calls.get(frame.id);
    if (!call) return;
    if ("events" in frame) {
      const events = frame.events.map((event) =>
        event.type === "error" ? { type: event.type, error: decodeError(event.error) } : event,
      );
      call.push(events, frame.done === true);
    } else if ("leftOut" in frame) call.leaveOut(frame.leftOut);
    else if ("error" in frame) call.fail(decodeError(frame.error));
    else call.settle(frame);
  }

  #lose(why = new SahabError("engine_crashed", `The engine of model ${this.#name} ended while it answered`)): void {
    clearInterval(this.#watch);
    this.#writer?.close();
    for (const call of this.#calls.values()) call.fail(why);
  }

  /** Turns are counted and not time, so that a pause of the whole program does not look like a child that hangs. */
  #countSilence(silentMs: number): void {
    if (++this.#silentTurns <= silentTurnsMax) return;
    this.usable = false;
    this.#lose(
      new SahabError(
        "engine_unavailable",
        `The engine of model ${this.#name} has not answered for ${silentMs / 1000} s`,
        {
          retryAfterS: 5,
        },
      ),
    );
    this.#terminate();
  }

  #endIfIdle(): void {
    if (!this.usable && this.#calls.size === 0) this.#end();
  }
}
