import { rmSync } from "node:fs";
import { toSahabError, type SahabError } from "../base/errors.ts";
import type { WireError } from "../base/wire-error.ts";
import { FrameWriter } from "./frame-writer.ts";
import { LineReader } from "./line-reader.ts";
import { encodeError } from "./protocol.ts";
import { makeSocketFolder, resolveSocketPath } from "./socket-path.ts";

// The protocol between clients and the door, where they wait for models that do not run. A line of JSON each, on a connection for
// each process and model.

/** How many requests of this process wait for the model now; it is wanted as long as there are some. */
export interface WaitingFrame {
  model: string;
  users: number;
  background: number;
}

/** For how long requests may wait, then that the model runs, or why those that wait now fail. */
export type DoorFrame = { waitMs: number } | { ready: true } | { error: WireError };

export const doorLineBytesMax = 16 * 1024;
/** Each process has at most one for each model. */
const connectionsMax = 20_000;

interface DoorKeeper {
  /** A model is waited for by so many requests of all processes. Returns for how long they may wait. Throws where it cannot run. */
  wanted(model: string, waiting: { users: number; background: number }): number;
}

interface Visitor {
  writer: FrameWriter;
  reader: LineReader;
  said: WaitingFrame | undefined;
}

/** Where requests of all processes wait for models that are not loaded: a socket beside those of the engines. Nothing passes here once a model is loaded. */
export class Door {
  readonly #keeper: DoorKeeper;
  readonly #path: string;
  readonly #visitors = new Set<Visitor>();
  readonly #listener: { stop(closeActive?: boolean): void };

  constructor(socketPath: string, keeper: DoorKeeper) {
    this.#keeper = keeper;
    this.#path = resolveSocketPath(socketPath);
    makeSocketFolder(this.#path);
    // What a crash has left; the lock on the data folder says that nobody has it now.
    rmSync(this.#path, { force: true });
    this.#listener = Bun.listen<Visitor>({
      unix: this.#path,
      socket: {
        open: (socket) => {
          const visitor: Visitor = {
            writer: new FrameWriter(socket, { waitingBytesMax: 1024 * 1024, onOverflow: () => socket.terminate() }),
            reader: new LineReader({
              lineBytesMax: doorLineBytesMax,
              onLine: (line) => this.#hear(visitor, JSON.parse(line) as WaitingFrame),
            }),
            said: undefined,
          };
          socket.data = visitor;
          if (this.#visitors.size >= connectionsMax) socket.terminate();
          else this.#visitors.add(visitor);
        },
        data(socket, chunk) {
          try {
            socket.data.reader.push(chunk);
          } catch {
            socket.terminate();
          }
        },
        drain: (socket) => socket.data.writer.drain(),
        close: (socket) => this.#leave(socket.data),
        error: (socket) => this.#leave(socket.data),
      },
    });
  }

  /** Those who wait for the model may go to it. */
  ready(model: string): void {
    this.#tell(model, { ready: true });
  }

  /** All who wait for the model now fail with this. */
  refuse(model: string, error: SahabError): void {
    this.#tell(model, { error: encodeError(error) });
  }

  /** How many requests of all processes wait for the model. */
  waitingFor(model: string): { users: number; background: number } {
    const waiting = { users: 0, background: 0 };
    for (const { said } of this.#visitors) {
      if (said?.model !== model) continue;
      waiting.users += said.users;
      waiting.background += said.background;
    }
    return waiting;
  }

  close(): void {
    this.#listener.stop(true);
    rmSync(this.#path, { force: true });
  }

  #tell(model: string, frame: DoorFrame): void {
    for (const { said, writer } of this.#visitors) if (said?.model === model) writer.send(frame);
  }

  #hear(visitor: Visitor, { model, users, background }: WaitingFrame): void {
    if (visitor.said && visitor.said.model !== model) throw new Error("a connection is for one model");
    const isFirst = visitor.said === undefined;
    visitor.said = { model, users, background };
    try {
      const waitMs = this.#count(model);
      if (isFirst) visitor.writer.send({ waitMs });
    } catch (error) {
      visitor.writer.send({ error: encodeError(toSahabError(error)) });
    }
  }

  #leave(visitor: Visitor): void {
    visitor.writer.close();
    if (!this.#visitors.delete(visitor) || !visitor.said) return;
    try {
      this.#count(visitor.said.model);
    } catch {
      // It is not there any more.
    }
  }

  #count(model: string): number {
    return this.#keeper.wanted(model, this.waitingFor(model));
  }
}
