import { existsSync } from "node:fs";
import { join } from "node:path";
import { masksUsual } from "../../base/mask-text.ts";
import type { Log } from "../../base/log.ts";
import { placeOf } from "../../base/place-of.ts";
import type { RecordedOperation } from "../../call/index.ts";
import type { Snapshot } from "../../config/index.ts";
import { isInScope, type Scope, type UsageRecord } from "../../ledger/index.ts";
import { listContent, readId, sweepContent } from "./content-files.ts";
import { ContentRecorder } from "./content-recorder.ts";
import type { Content, FromContentThread, KeptContent, ToContentThread } from "./messages.ts";

/** A larger body is told by its size alone. */
const bodyBytesMax = 4 * 1024 * 1024;
/** Bodies of requests under way and of those that wait to be written, all together. */
const heldBytesMax = 64 * 1024 * 1024;
/** Requests whose text waits to be written. */
const waitingMax = 1_000;
/** What a request takes beside its body, about. */
const contentBytesLeast = 2_000;
/** A text that takes longer to be masked is lost, and the thread with it. */
const taskMsMax = 30_000;
/** After this time without work the thread ends, and its memory is given back. */
const idleMsMax = 60_000;
const closeMsMax = 5_000;
const warnEveryMs = 60_000;

interface ContentLogDeps {
  log: Log;
  snapshot: () => Pick<Snapshot, "contentLogs">;
  /** The key that files are sealed with, which the store keeps sealed with the master key. */
  dataKey: () => Promise<string>;
}

interface ContentLogOptions {
  /** `content` in the data folder. */
  dir: string;
  /** Names this process among its siblings. */
  index: number;
  /** For tests: how much may be held. */
  heldBytesMax?: number;
}

interface Task {
  message: ToContentThread & { number: number };
  bytes: number;
  resolve(answer: FromContentThread): void;
}

/** Text of one project that is kept here. */
interface ContentSum {
  project: string;
  files: number;
  bytes: number;
}

/**
 * Keeps prompts and answers of the projects that ask for it. While a request is served its text is only gathered; it is masked, sealed and
 * written by a thread of its own afterwards, one request at a time. What would not fit into the bounds is dropped, counted and told.
 */
export class ContentLog {
  readonly #deps: ContentLogDeps;
  readonly #options: ContentLogOptions;
  readonly #queue: Task[] = [];
  #running: Task | undefined;
  #worker: Worker | undefined;
  #taskTimer: Timer | undefined;
  #idleTimer: Timer | undefined;
  #heldBytes = 0;
  #number = 0;
  #dropped = 0;
  #untold = 0;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #idle: (() => void)[] = [];

  constructor(deps: ContentLogDeps, options: ContentLogOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Requests whose text could not be kept. */
  get droppedCount(): number {
    return this.#dropped;
  }

  /** Begins to gather a request's text; undefined where its project keeps none, or not of this one. */
  begin(project: string, operation: RecordedOperation, body: Uint8Array): ContentRecorder | undefined {
    const terms = this.#deps.snapshot().contentLogs?.get(project);
    if (!terms || (terms.sample !== undefined && Math.random() >= terms.sample)) return undefined;
    if (!this.take(costOf(body.length))) {
      this.#drop("too much text is waiting to be written");
      return undefined;
    }
    return new ContentRecorder(this, body, { operation, bodyBytesMax });
  }

  /** For the recorder: room for so many bytes more. */
  take(bytes: number): boolean {
    if (this.#heldBytes + bytes > (this.#options.heldBytesMax ?? heldBytesMax)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** For the recorder: the request has ended, and its text is to be written. Never throws: the request is not to suffer for its text. */
  keep(recorder: ContentRecorder, record: UsageRecord): void {
    try {
      this.#keep(recorder, record);
    } catch (error) {
      this.drop(recorder);
      this.#drop(`an answer could not be put together: ${placeOf(error)}`);
    }
  }

  #keep(recorder: ContentRecorder, record: UsageRecord): void {
    const terms = this.#deps.snapshot().contentLogs?.get(record.project);
    // It may have been switched off meanwhile.
    if (!terms) return this.drop(recorder);
    if (this.#queue.length >= waitingMax) {
      this.drop(recorder);
      return this.#drop("too many requests wait to be written");
    }
    const { body, bodyBytes } = recorder;
    const content: Content = {
      id: record.id,
      project: record.project,
      timeMs: record.time,
      keyId: record.keyId,
      model: record.model,
      operation: record.operation,
      outcome: record.outcome,
      body,
      bodyBytes,
      answer: recorder.answer(),
      mask: terms.mask ?? masksUsual,
      retentionDays: terms.retention_days,
    };
    const resolve = ({ fault }: FromContentThread) => {
      if (fault !== undefined) this.#drop(fault);
    };
    this.#add({ message: { type: "write", number: ++this.#number, content }, bytes: heldBy(recorder), resolve });
  }

  /** For the recorder: nothing of it is kept. */
  drop(recorder: ContentRecorder): void {
    this.#heldBytes -= heldBy(recorder);
  }

  /** The text of a request, as it was written on this machine; undefined where there is none in the scope. Throws where it cannot be opened. */
  async read(scope: Scope, id: string): Promise<KeptContent | undefined> {
    if (!readId(id) || !existsSync(this.#options.dir)) return undefined;
    const { promise, resolve } = Promise.withResolvers<FromContentThread>();
    this.#add({ message: { type: "read", number: ++this.#number, id }, bytes: 0, resolve });
    const { found, fault } = await promise;
    if (fault !== undefined) throw new Error(`the text of ${id} cannot be read: ${fault}`);
    return found && isInScope(scope, found.project) ? found : undefined;
  }

  /** How much text is kept on this machine, by project. */
  sums(scope: Scope): ContentSum[] {
    const sums = new Map<string, ContentSum>();
    for (const { project, bytes } of listContent(this.#options.dir)) {
      if (!isInScope(scope, project)) continue;
      const sum = sums.get(project) ?? { project, files: 0, bytes: 0 };
      sums.set(project, { project, files: sum.files + 1, bytes: sum.bytes + bytes });
    }
    return [...sums.values()];
  }

  /** Deletes what was kept long enough. One process does it for all. */
  sweep(nowMs: number): void {
    const terms = this.#deps.snapshot().contentLogs ?? new Map<string, { retention_days: number }>();
    const days = new Map([...terms].map(([project, { retention_days: kept }]) => [project, kept]));
    const { dir: folder } = this.#options;
    const { deleted, faults } = sweepContent(folder, days, nowMs);
    const [err] = faults;
    if (faults.length > 0)
      this.#deps.log.warn({ err, files: faults.length, folder }, "old prompts and answers could not be deleted");
    if (deleted > 0)
      this.#deps.log.info({ files: deleted }, "prompts and answers were deleted, since their time is over");
  }

  /** Writes what waits, for a few seconds at most. */
  async close(): Promise<void> {
    if (this.#running || this.#queue.length > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle.push(resolve);
      const timer = setTimeout(resolve, closeMsMax);
      await promise;
      clearTimeout(timer);
    }
    for (const task of this.#queue.splice(0)) this.#end(task, { number: task.message.number, fault: "Sahab stops" });
    this.#endThread();
  }

  #add(task: Task): void {
    this.#queue.push(task);
    if (!this.#running) this.#next();
  }

  #next(): void {
    clearTimeout(this.#taskTimer);
    clearTimeout(this.#idleTimer);
    this.#running = this.#queue.shift();
    if (!this.#running) {
      for (const resolve of this.#idle.splice(0)) resolve();
      this.#idleTimer = setTimeout(() => this.#endThread(), idleMsMax);
      this.#idleTimer.unref();
      return;
    }
    const task = this.#running;
    if (this.#worker) return this.#post(this.#worker, task);
    this.#startThread().then(
      (worker) => this.#post(worker, task),
      (error: unknown) =>
        this.#done({ number: task.message.number, fault: `the key of files is not there: ${String(error)}` }),
    );
  }

  #post(worker: Worker, task: Task): void {
    const { message } = task;
    const body = message.type === "write" ? message.content.body : null;
    worker.postMessage(message, body ? [body] : []);
    this.#taskTimer = setTimeout(() => this.#lose("a text took too long"), taskMsMax);
    this.#taskTimer.unref();
  }

  async #startThread(): Promise<Worker> {
    const dataKey = await this.#deps.dataKey();
    const worker = new Worker(join(import.meta.dir, "main.ts"), { smol: true });
    worker.unref();
    worker.addEventListener("message", ({ data }: MessageEvent<FromContentThread>) => {
      if (worker === this.#worker && data.number === this.#running?.message.number) this.#done(data);
    });
    const lose = (why: string) => {
      if (worker === this.#worker) this.#lose(why);
    };
    worker.addEventListener("error", ({ message }) => lose(message));
    worker.addEventListener("close", () => lose("the thread ended"));
    const { dir, index } = this.#options;
    worker.postMessage({ type: "open", dir, index, dataKey } satisfies ToContentThread, []);
    this.#worker = worker;
    return worker;
  }

  /** The task is lost with its thread; the next one gets a new one. */
  #lose(why: string): void {
    this.#endThread();
    if (this.#running) this.#done({ number: this.#running.message.number, fault: why });
  }

  #done(answer: FromContentThread): void {
    const task = this.#running;
    if (!task) return;
    this.#end(task, answer);
    this.#next();
  }

  #end(task: Task, answer: FromContentThread): void {
    this.#heldBytes -= task.bytes;
    task.resolve(answer);
  }

  #endThread(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#taskTimer);
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate();
  }

  /** Told once a minute, and not for each. */
  #drop(why: string): void {
    this.#dropped++;
    this.#untold++;
    const nowMs = performance.now();
    if (nowMs - this.#warnedMs < warnEveryMs) return;
    this.#warnedMs = nowMs;
    this.#deps.log.warn({ requests: this.#untold, why }, "the text of requests could not be kept");
    this.#untold = 0;
  }
}

function heldBy({ bodyBytes, answerBytes }: ContentRecorder): number {
  return costOf(bodyBytes) + answerBytes;
}

/** What a request holds while its text is here. */
function costOf(bodyBytes: number): number {
  return contentBytesLeast + Math.min(bodyBytes, bodyBytesMax);
}
