import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { KeptPiece, KeptTurn, TurnMemory, TurnsByKey } from "../call/index.ts";
import type { KeptBound, KeptRow, Store } from "../ledger/index.ts";
import { GroupedKeeps } from "./grouped-keeps.ts";

/** What rows of reasoning are called in the store. */
const kind = "reasoning";
/** A conversation that goes on after a week goes on without. */
const keptMs = 7 * 24 * 3_600_000;
/** An agent's day has some thousand turns, of 2 to 10 KB each. */
const ofProject = { rowsMax: 20_000, bytesMax: 128 * 1024 * 1024 };
const ofAll: KeptBound = { kind, rowsMax: 200_000, bytesMax: 1024 * 1024 * 1024 };
/** Turns in the memory of this process. */
const memoryBytesMax = 32 * 1024 * 1024;
/** What a turn takes beside its text, about. */
const entryBytes = 300;
/**
 * How long a process knows that a turn is not in the store: most turns of vendors that think nothing are not, and come with each
 * request. A turn is kept before its client has it, so only vendors that use ids again can make one appear later.
 */
const absentMs = 60_000;
/** 43 characters and a project's name each. */
const absentMax = 50_000;
/** So many turns of a project are written before its oldest are looked at. */
const trimEvery = 64;
/** Requests wait no longer than this for the store. A call takes about a millisecond. */
const storeMs = 1_000;
/** After the store has not answered, it is left alone for so long. */
const pauseMs = 5_000;
/** Ids in one question; the longest histories have fewer turns. */
const askedMax = 2_000;

export interface KeptReasoningDeps {
  store: Pick<Store, "keep" | "findKept" | "sweepKept">;
  log: Log;
  clock: Clock;
}

interface Remembered {
  turn: KeptTurn;
  bytes: number;
}

/**
 * What models thought in turns with calls of tools, by project: in memory, and behind that in the store for other processes and
 * later starts. A store that does not answer holds up a request for a second at most, and never fails it.
 */
export class KeptReasoning implements TurnMemory {
  readonly #store: KeptReasoningDeps["store"];
  readonly #log: Log;
  readonly #clock: Clock;
  /** The least recently used first. */
  readonly #known = new Map<string, Remembered>();
  #knownBytes = 0;
  /** Turns that are not in the store → until when that counts; monotonic. */
  readonly #absent = new Map<string, number>();
  readonly #keeps: GroupedKeeps;
  /** Turns written since the project's oldest were looked at. */
  readonly #written = new Map<string, number>();
  #pausedUntilMs = 0;

  constructor({ store, log, clock }: KeptReasoningDeps) {
    this.#store = store;
    this.#keeps = new GroupedKeeps(store);
    this.#log = log;
    this.#clock = clock;
  }

  /** The bound that all projects share; those of each are kept as turns come. */
  get bounds(): readonly KeptBound[] {
    return [ofAll];
  }

  find(project: string, keys: readonly string[]): TurnsByKey | Promise<TurnsByKey> {
    const found = new Map<string, KeptTurn>();
    const nowMs = this.#clock.monotonic();
    const missing = keys.filter((key) => {
      const turn = this.#recall(project, key);
      if (turn) found.set(key, turn);
      return !turn && (this.#absent.get(nameOf(project, key)) ?? 0) <= nowMs;
    });
    return missing.length === 0 || this.#isPaused ? found : this.#findInStore(project, missing, found);
  }

  recall(project: string, keys: readonly string[]): TurnsByKey {
    const found = new Map<string, KeptTurn>();
    for (const key of keys) {
      const turn = this.#recall(project, key);
      if (turn) found.set(key, turn);
    }
    return found;
  }

  remember(project: string, turns: readonly KeptTurn[]): void {
    for (const turn of turns) this.#remember(project, turn, turn.pieces.length === 0 ? 0 : textOf(turn).length);
  }

  /** Resolves when the turns are in the store, or cannot be put there in time. Never rejects. */
  async keep(project: string, turns: readonly KeptTurn[]): Promise<void> {
    const nowMs = this.#clock.now();
    const times = { createdMs: nowMs, expiresMs: nowMs + keptMs };
    const blank = { status: "", owner: "", model: "", previous: "", request: null };
    const rows = turns.map((turn): KeptRow => {
      const answer = textOf(turn);
      this.#remember(project, turn, answer.length);
      return { kind, project, id: turn.key, ...times, ...blank, answer };
    });
    if (this.#isPaused || rows.length === 0) return;
    await this.#inTime(this.#keeps.keep(project, rows), "kept");
    this.#trim(project, rows.length);
  }

  get #isPaused(): boolean {
    return this.#clock.monotonic() < this.#pausedUntilMs;
  }

  async #findInStore(project: string, ids: readonly string[], found: Map<string, KeptTurn>): Promise<TurnsByKey> {
    // The latest turns matter most.
    const asked = ids.slice(-askedMax);
    const rows = await this.#inTime(
      this.#store.findKept({ kind, project, ids: asked, nowMs: this.#clock.now() }),
      "found",
    );
    if (!rows) return found;
    for (const { id, answer } of rows) {
      if (answer === null) continue;
      const turn: KeptTurn = { key: id, ...readText(answer) };
      this.#remember(project, turn, answer.length);
      found.set(id, turn);
    }
    for (const id of asked) if (!found.has(id)) this.#noteAbsent(project, id);
    return found;
  }

  #noteAbsent(project: string, key: string): void {
    if (this.#absent.size >= absentMax) this.#absent.clear();
    this.#absent.set(nameOf(project, key), this.#clock.monotonic() + absentMs);
  }

  #trim(project: string, rows: number): void {
    const count = (this.#written.get(project) ?? 0) + rows;
    this.#written.set(project, count % trimEvery);
    if (count < trimEvery) return;
    this.#store
      .sweepKept(this.#clock.now(), [{ kind, project, ...ofProject }])
      .catch((error: unknown) => this.#log.warn({ err: error }, "kept reasoning could not be swept"));
  }

  /** Undefined where the store does not answer in time, or fails. */
  async #inTime<T>(asked: Promise<T>, what: string): Promise<T | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the store did not answer within ${storeMs} ms`)), storeMs);
    });
    try {
      return await Promise.race([asked, late]);
    } catch (error) {
      // The failure that comes after the time is over is nobody's.
      asked.catch(() => undefined);
      if (!this.#isPaused)
        this.#log.warn({ err: error }, `reasoning could not be ${what}; requests go on without for a while`);
      this.#pausedUntilMs = this.#clock.monotonic() + pauseMs;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #recall(project: string, key: string): KeptTurn | undefined {
    const name = nameOf(project, key);
    const known = this.#known.get(name);
    if (!known) return undefined;
    this.#known.delete(name);
    this.#known.set(name, known);
    return known.turn;
  }

  #remember(project: string, turn: KeptTurn, bytes: number): void {
    const name = nameOf(project, turn.key);
    this.#forget(name);
    this.#absent.delete(name);
    this.#known.set(name, { turn, bytes: bytes + entryBytes });
    this.#knownBytes += bytes + entryBytes;
    for (const oldest of this.#known.keys()) {
      if (this.#knownBytes <= memoryBytesMax) break;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#knownBytes -= this.#known.get(name)?.bytes ?? 0;
    this.#known.delete(name);
  }
}

function textOf({ issuer, pieces }: KeptTurn): string {
  return JSON.stringify({ issuer, pieces });
}

/** Versions that did not know whose proofs they kept have written the pieces alone. */
function readText(text: string): Pick<KeptTurn, "issuer" | "pieces"> {
  const kept = JSON.parse(text) as KeptPiece[] | Pick<KeptTurn, "issuer" | "pieces">;
  return Array.isArray(kept) ? { issuer: "", pieces: kept } : kept;
}

/** Keys have no spaces. */
function nameOf(project: string, key: string): string {
  return `${key} ${project}`;
}
