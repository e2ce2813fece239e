import { renameSync, rmSync, statSync } from "node:fs";
import type { Socket } from "bun";
import { SahabError, toSahabError } from "../../base/errors.ts";
import { placeOf } from "../../base/place-of.ts";
import { noUsage, type ChatEvent, type Usage } from "../../call/index.ts";
import { FrameWriter } from "../frame-writer.ts";
import { LineReader } from "../line-reader.ts";
import {
  aliveMs,
  clientFrameBytesMax,
  encodeError,
  type ChildFrame,
  type ChildStatus,
  type ClientFrame,
  type PromptBound,
  type WireEvent,
} from "../protocol.ts";
import { answer } from "./answer.ts";
import type { LoadedModel } from "./model.ts";
import { rank } from "./rank.ts";
import { detokenize, tokenize } from "./read-texts.ts";
import { countPrompt, embed, readChat, readCompletion } from "./requests.ts";
import { UseCount } from "./use-count.ts";

/** A client that leaves this much unread counts as dead. One answer is bounded, but a client may have many requests. */
const unreadBytesMax = 64 * 1024 * 1024;
const requestsPerConnectionMax = 20_000;
/** Clients leave a child that falls asleep at once; one that is stopped does not. */
const clientsLeaveMs = 2_000;

export interface Server {
  status(): ChildStatus;
  /** Refuses new requests; resolves when those under way have ended. */
  drain(): Promise<void>;
  /** Undefined if it is gentle and the model is in use. Else no new connections are taken, and it resolves when nobody needs the model any more. */
  sleep(isGentle: boolean): Promise<void> | undefined;
  /** Ends all requests under way with an error. */
  abort(error: SahabError): void;
  /** Removes the socket's file, unless another child has put its own there. */
  unlink(): void;
}

interface Connection {
  writer: FrameWriter;
  reader: LineReader;
  /** Requests under way, by the client's ids. */
  requests: Map<number, { cancel(): void; fail(error: SahabError): void }>;
}

/** Listens on the socket and answers requests. */
export function serve(
  loaded: LoadedModel,
  options: { socketPath: string; log(message: string, fields: Record<string, unknown>): void },
): Server {
  const connections = new Set<Connection>();
  const { contextTokens, vocabulary } = loaded;
  const { tokenBytesMax } = vocabulary;
  const reads: PromptBound = {
    contextTokens,
    tokenBytesMax: Number.isFinite(tokenBytesMax) ? tokenBytesMax : null,
    mayReason: loaded.prompts.mayReason,
  };
  setInterval(() => {
    for (const connection of connections) connection.writer.send({ alive: true });
  }, aliveMs).unref();
  const use = new UseCount();
  let draining: PromiseWithResolvers<void> | undefined;
  /** Nobody may be refused: its clients know of no other child yet. */
  let isFallingAsleep = false;

  const countRequests = () => [...connections].reduce((sum, connection) => sum + connection.requests.size, 0);
  const endIfDrained = () => {
    if (!draining || countRequests() > 0) return;
    if (!isFallingAsleep || connections.size === 0) draining.resolve();
    // A request that crossed the news would come before its client hangs up.
    else setTimeout(() => countRequests() === 0 && draining?.resolve(), clientsLeaveMs);
  };
  const unlink = () => {
    if (statSync(options.socketPath, { throwIfNoEntry: false })?.ino === ino)
      rmSync(options.socketPath, { force: true });
  };
  const startDraining = () => {
    draining = Promise.withResolvers<void>();
    listener.stop();
    for (const connection of connections) {
      connection.writer.send({ draining: true });
      connection.writer.flush();
    }
    return draining.promise;
  };

  const status = (): ChildStatus => ({
    slotsBusy: loaded.slots.busy,
    queueLength: loaded.slots.queueLength,
    ...loaded.counts,
    ...use.read(),
    memoryRssBytes: process.memoryUsage.rss(),
    promptCacheBytes: loaded.promptCache.bytes,
    connections: connections.size,
    hangsS: loaded.progress.hangsS,
  });

  const drop = (connection: Connection) => {
    if (!connections.delete(connection)) return;
    connection.writer.close();
    for (const request of connection.requests.values()) request.cancel();
    connection.requests.clear();
    endIfDrained();
  };

  const receive = (connection: Connection, frame: ClientFrame) => {
    if (frame.op === "cancel") return connection.requests.get(frame.id)?.cancel();
    const send = (frame: ChildFrame) => connection.writer.send(frame);
    if (frame.op === "status") return send({ id: frame.id, status: status(), done: true });
    const isRefused = draining !== undefined && !isFallingAsleep;
    const refusal = isRefused
      ? new SahabError("shutting_down", `Model ${loaded.name} is being stopped`, { retryAfterS: 1 })
      : connection.requests.size >= requestsPerConnectionMax
        ? new SahabError(
            "overloaded",
            `A connection has ${connection.requests.size} requests under way; at most ${requestsPerConnectionMax} are allowed`,
          )
        : undefined;
    if (refusal) return send({ id: frame.id, error: encodeError(refusal), done: true });
    loaded.counts.requests++;
    use.enter(frame.tenant);
    void run(loaded, connection, frame, send, options.log).finally(() => {
      use.leave(frame.tenant);
      endIfDrained();
    });
  };

  // The socket is bound under another name and then moved into place, so that a client never finds a socket that does not
  // answer, and a child that is being replaced keeps its own socket until it ends.
  const bound = `${options.socketPath}.${process.pid}`;
  rmSync(bound, { force: true });
  const listener = Bun.listen<Connection>({
    unix: bound,
    socket: {
      open(socket) {
        socket.data = accept(socket, receive);
        connections.add(socket.data);
        socket.data.writer.send(draining ? { draining: true } : { hello: true, reads });
        socket.data.writer.flush();
      },
      data(socket, chunk) {
        try {
          socket.data.reader.push(chunk);
        } catch (error) {
          options.log("dropped a client that sent an invalid frame", {
            reason: error instanceof Error ? error.message.slice(0, 200) : "",
          });
          socket.terminate();
          drop(socket.data);
        }
      },
      drain: (socket) => socket.data.writer.drain(),
      close: (socket) => drop(socket.data),
      error: (socket) => drop(socket.data),
    },
  });
  const { ino } = statSync(bound);
  renameSync(bound, options.socketPath);

  return {
    status,
    unlink,
    async drain() {
      if (!draining || isFallingAsleep) {
        isFallingAsleep = false;
        const refusal = `Model ${loaded.name} is being stopped`;
        loaded.slots.refuseAll(new SahabError("shutting_down", refusal, { retryAfterS: 1 }));
        if (!draining) void startDraining();
        endIfDrained();
      }
      await draining?.promise;
      for (const connection of connections) connection.writer.flush();
    },
    sleep(isGentle) {
      if (draining || (isGentle && !use.isIdle)) return undefined;
      isFallingAsleep = true;
      const isOver = startDraining();
      unlink();
      endIfDrained();
      return isOver;
    },
    abort(error) {
      for (const connection of connections) {
        for (const request of connection.requests.values()) request.fail(error);
        connection.writer.flush();
      }
    },
  };
}

function accept(socket: Socket<Connection>, receive: (connection: Connection, frame: ClientFrame) => void): Connection {
  const connection: Connection = {
    writer: new FrameWriter(socket, { waitingBytesMax: unreadBytesMax, onOverflow: () => socket.terminate() }),
    reader: new LineReader({
      lineBytesMax: clientFrameBytesMax,
      onLine: (line) => receive(connection, JSON.parse(line) as ClientFrame),
    }),
    requests: new Map(),
  };
  return connection;
}

type RequestFrame = Exclude<ClientFrame, { op: "cancel" } | { op: "status" }>;

async function run(
  loaded: LoadedModel,
  connection: Connection,
  frame: RequestFrame,
  send: (frame: ChildFrame) => void,
  log: (message: string, fields: Record<string, unknown>) => void,
): Promise<void> {
  const { id, tenant } = frame;
  const abort = new AbortController();
  let answered = false;
  let usage = (): Usage => noUsage;
  const end = (last: ChildFrame) => {
    if (answered) return;
    answered = true;
    connection.requests.delete(id);
    send(last);
  };
  let started = false;
  const fail = (error: SahabError) => {
    abort.abort();
    if (started)
      end({
        id,
        events: [
          { type: "usage", usage: usage() },
          { type: "error", error: encodeError(error) },
        ],
        done: true,
      });
    else end({ id, error: encodeError(error), done: true });
  };
  connection.requests.set(id, {
    // The counts are known at once; the slot is free when the current token has been evaluated.
    cancel() {
      abort.abort();
      end({ id, events: [{ type: "usage", usage: usage() }], done: true });
    },
    fail,
  });
  const read = <T>(work: () => Promise<T>) => loaded.reading.during(tenant, abort.signal, work);
  try {
    if (frame.op === "embed" || frame.op === "rank") {
      const counted = { ...noUsage };
      usage = () => counted;
      const run = { tenant, signal: abort.signal, usage: counted };
      if (frame.op === "rank") end({ id, ranking: await rank(loaded, frame.request, run), usage: counted, done: true });
      else {
        const vectors = (await embed(loaded, frame.request, run)).map((vector) =>
          Buffer.from(vector.buffer).toString("base64"),
        );
        end({ id, vectors, usage: counted, done: true });
      }
      return;
    }
    if (frame.op === "count") {
      end({ id, inputTokens: await read(() => countPrompt(loaded, frame.request, abort.signal)), done: true });
      return;
    }
    if (frame.op === "tokenize") {
      end({ id, ...(await read(() => tokenize(loaded, frame.request, abort.signal))), done: true });
      return;
    }
    if (frame.op === "detokenize" || frame.op === "apply-template") {
      const write = () =>
        frame.op === "detokenize"
          ? detokenize(loaded, frame.request, abort.signal)
          : Promise.resolve(loaded.prompts.chat(frame.request, { isCounted: true }).text);
      end({ id, text: await read(write), done: true });
      return;
    }
    const { asked, leftOut } =
      frame.op === "chat"
        ? await read(() => readChat(loaded, frame.request, { tenant, signal: abort.signal }))
        : {
            asked: await read(() => readCompletion(loaded, frame.request, { tenant, signal: abort.signal })),
            leftOut: [],
          };
    if (abort.signal.aborted) return;
    if (leftOut.length > 0) send({ id, leftOut });
    const outbox = createOutbox((events) => send({ id, events }));
    const emit = (events: ChatEvent[]) => {
      started = true;
      if (!answered) outbox.add(events);
    };
    const running = answer(loaded, asked, { tenant, signal: abort.signal, emit });
    usage = running.usage;
    await running.done;
    if (!answered) end({ id, events: [...outbox.take(), { type: "usage", usage: usage() }], done: true });
  } catch (thrown) {
    const error = toSahabError(thrown);
    if (error.code === "internal_error")
      log("a request failed", {
        reason: placeOf(thrown),
      });
    fail(error);
  }
}

/** Collects a request's events of one turn of the event loop into one frame. */
function createOutbox(send: (events: WireEvent[]) => void) {
  let waiting: WireEvent[] = [];
  const take = () => {
    const events = waiting;
    waiting = [];
    return events;
  };
  return {
    add(events: ChatEvent[]): void {
      if (waiting.length === 0) {
        waiting = events as WireEvent[];
        queueMicrotask(() => {
          if (waiting.length > 0) send(take());
        });
      } else waiting.push(...(events as WireEvent[]));
    },
    take,
  };
}
