import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lowerPriority } from "../base/lower-priority.ts";
import { SahabError, toSahabError } from "../base/errors.ts";
import type { EngineOptions, EngineState, EngineStatus } from "./engine-options.ts";
import { childEnvironment } from "./child-environment.ts";
import { ChildQuestions } from "./child-questions.ts";
import { logLines } from "./log-lines.ts";
import {
  decodeError,
  type ChildMessage,
  type ChildOptions,
  type ChildStatus,
  type ParentMessage,
  type Tuning,
} from "./protocol.ts";
import { engineCommand, machineMemory, memoryHeld, memoryResident } from "./sandbox/index.ts";
import { makeSocketFolder, resolveSocketPath } from "./socket-path.ts";
import { Tunings } from "./tunings.ts";

type Child = Bun.Subprocess<"ignore", "ignore", "pipe">;

const restartMs = 250;
const restartMsMax = 30_000;
/** When a child was ready for this long, its crash counts as the first one again. */
const healthyMs = 60_000;
/** After this many crashes in a row before ready, the model is given up. */
const failedLoadsMax = 5;
const endWaitMs = 2_000;
/** How often it is looked how much memory a child holds: what can be filled in between, a few hundred MB, fits what is left free. */
const memoryLookMs = 200;
/** How often the child is asked for its status. */
const askMsDefault = 2_000;
/**
 * After so many questions without an answer a ready child is ended: 10 s. Its event loop never stands still for a second: texts,
 * templates and schemas have bounds, and are read in pieces. Questions are counted and not time: a pause of the whole program
 * (Ctrl-Z, a machine that sleeps) then costs one.
 */
const unansweredMax = 5;
/** While it loads, 5 minutes: reading a large vocabulary or a GPU's libraries from a slow disk takes long. */
const unansweredMaxLoading = 150;

/**
 * Owns the process that runs a model.
 *
 * `start` leads from stored to loading, and then to ready. A crash in loading or ready leads back to loading, after a wait that
 * doubles from 0.25 s to 30 s. A child that hangs is killed, which counts as a crash. A file that cannot be loaded, or five crashes in a row before ready, leads to failed, until
 * `start` is called again. `stop` leads from any state through draining to stored, and so does `sleep` from ready. Where somebody else
 * decides when the model is loaded (`keepsRunning` is false), a crash leads to stored. `#become` is the only writer of the state.
 */
export class Engine {
  readonly socketPath: string;
  /** Whether it starts again by itself after a crash. */
  keepsRunning = true;
  /** Most memory for states of conversations that have no slot; a load takes it over. */
  promptCacheBytesMax: number | undefined = undefined;
  readonly #options: EngineOptions;
  readonly #tunings: Tunings | undefined;
  #state: EngineState = "stored";
  #child: Child | undefined;
  #ready: { loadMs: number; contextTokens: number; tuning: Tuning; atMs: number } | undefined;
  #failure: SahabError | undefined;
  #lastError: string | null = null;
  #crashes = 0;
  #restarts = 0;
  #restartTimer: Timer | undefined;
  /** What the child said last of itself. */
  #lastLive: ChildStatus | null = null;
  #watchTimer: Timer | undefined;
  #memoryTimer: Timer | undefined;
  #memoryBytesMax = Infinity;
  #sandbox: string | null = null;
  #unanswered = 0;
  /** Why the child was killed. */
  #endedFor: string | undefined;
  #stopping: Promise<void> | undefined;
  readonly #watchers = new Set<() => void>();
  readonly #questions = new ChildQuestions();
  /** Whoever asked the child to sleep waits for its answer. */
  #sleepAnswer: ((yes: boolean) => void) | undefined;
  #isFallingAsleep = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.socketPath = resolveSocketPath(options.socketPath);
    this.#tunings = options.tuningsFile === undefined ? undefined : new Tunings(options.tuningsFile);
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Returns at once, while the model loads. */
  start(): void {
    if (this.#state !== "stored" && this.#state !== "failed") return;
    if (this.keepsRunning || this.#state === "failed") this.#crashes = 0;
    this.#failure = undefined;
    makeSocketFolder(this.socketPath);
    rmSync(this.#failureNote, { force: true });
    this.#become("loading");
    this.#spawn();
  }

  /** Lets requests under way finish within the grace time, then ends the process, by force if necessary. */
  stop(options: { graceMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(options.graceMs).finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  /**
   * Ends the process without any request's harm: those under way are finished, and new ones wait until the model is started
   * again. `isGentle`: only if there are none. Resolves with whether it ends, before it has ended.
   */
  async sleep({ isGentle }: { isGentle: boolean }): Promise<boolean> {
    const child = this.#child;
    if (this.#state !== "ready" || !child) return false;
    const answer = Promise.withResolvers<boolean>();
    this.#sleepAnswer = answer.resolve;
    this.#send(child, { type: "sleep", isGentle });
    return answer.promise;
  }

  /** Throws `engine_unavailable` when the model has failed, was stopped, or is not ready in time. */
  async whenReady(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#state === "loading") {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0)
        throw new SahabError("engine_unavailable", `Model ${this.#options.name} was not ready after ${timeoutMs} ms`, {
          retryAfterS: 5,
        });
      await this.#nextChange(leftMs);
    }
    if (this.#state !== "ready")
      throw this.#failure ?? new SahabError("engine_unavailable", `Model ${this.#options.name} is ${this.#state}`);
  }

  async status(): Promise<EngineStatus> {
    const { name, file, slots, contextTokens } = this.#options;
    return {
      name,
      state: this.#state,
      file,
      slots,
      contextTokens: this.#ready?.contextTokens ?? contextTokens,
      pid: this.#child?.pid ?? null,
      restarts: this.#restarts,
      loadMs: this.#ready?.loadMs ?? null,
      tuning: this.#ready?.tuning ?? null,
      sandbox: this.#sandbox,
      live: await this.live(),
      lastError: this.#failure?.message ?? this.#lastError,
    };
  }

  /** What the child says; null when there is none that is ready, or it does not answer. */
  async live(): Promise<ChildStatus | null> {
    const child = this.#child;
    if (!this.#ready || !child) return null;
    return this.#questions.ask((id) => this.#send(child, { type: "status", id }));
  }

  /** What the child last said, as it is asked every two seconds; null when there is none that is ready. */
  get lastLive(): ChildStatus | null {
    return this.#ready ? this.#lastLive : null;
  }

  /** Crashes since the start. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Answers that it runs at the same time. */
  get slots(): number {
    return this.#options.slots;
  }

  /** What its process holds, parts of files included, in bytes; 0 when there is none. */
  get residentBytes(): number {
    return this.#child ? memoryResident(this.#child.pid) : 0;
  }

  get loadMs(): number | undefined {
    return this.#ready?.loadMs;
  }

  get failure(): SahabError | undefined {
    return this.#failure;
  }

  /** Why its process last ended by itself. */
  get lastError(): string | null {
    return this.#lastError;
  }

  get #failureNote(): string {
    return `${this.socketPath}.failed`;
  }

  #become(state: EngineState): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
    this.#options.onChange?.();
  }

  async #nextChange(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#watchers.add(resolve);
    await promise;
    this.#watchers.delete(resolve);
    clearTimeout(timer);
  }

  #spawn(): void {
    const { name, file, contextTokens, slots, log, sandbox = "auto" } = this.#options;
    const program = this.#options.program ?? join(import.meta.dir, "child", "main.ts");
    const options: ChildOptions = {
      name,
      file,
      contextTokens,
      slots,
      cacheTypeK: this.#options.cacheTypeK ?? null,
      cacheTypeV: this.#options.cacheTypeV ?? null,
      loras: this.#options.loras ?? [],
      socketPath: this.socketPath,
      engineModuleDir: this.#options.engineModuleDir ?? null,
      queueMax: this.#options.queueMax ?? 256,
      queueWaitMs: this.#options.queueWaitMs ?? 60_000,
      patienceMs: this.#options.patienceMs ?? 1_000,
      threads: this.#options.threads ?? null,
      batchTokens: this.#options.batchTokens ?? null,
      knownTuning: this.#tunings?.get(file) ?? null,
      promptCacheBytesMax: this.promptCacheBytesMax ?? this.#options.promptCacheBytesMax ?? promptCacheBytes(),
      ngrams: this.#options.ngrams ?? null,
      sandbox,
    };
    const child: Child = Bun.spawn({
      ...engineCommand(
        sandbox,
        {
          program,
          model: file,
          loras: options.loras.map((lora) => lora.file),
          socketPath: this.socketPath,
          gpuModuleDir: options.engineModuleDir,
        },
        JSON.stringify(options),
      ),
      env: childEnvironment(process.env),
      stdio: ["ignore", "ignore", "pipe"],
      serialization: "json",
      ipc: (message) => this.#receive(child, message as ChildMessage),
      onExit: (_process, code, signal) => this.#ended(child, code, signal),
    });
    // Serving threads need a core for a moment, an engine all of them for long.
    lowerPriority(child.pid);
    this.#child = child;
    this.#lastLive = null;
    this.#unanswered = 0;
    this.#isFallingAsleep = false;
    this.#endedFor = undefined;
    this.#memoryBytesMax = Infinity;
    clearInterval(this.#watchTimer);
    clearInterval(this.#memoryTimer);
    this.#watchTimer = setInterval(() => this.#watch(child), this.#options.askMs ?? askMsDefault);
    void logLines(child.stderr, (line) => log.warn({ engine: name, pid: child.pid }, line));
  }

  /** Asks the child how it is, and kills one that hangs. */
  #watch(child: Child): void {
    if (this.#state !== "loading" && this.#state !== "ready" && !this.#isFallingAsleep) return;
    const askMs = this.#options.askMs ?? askMsDefault;
    const isSilent = this.#unanswered >= (this.#state === "loading" ? unansweredMaxLoading : unansweredMax);
    if (isSilent) this.#endByForce(child, `it did not answer for ${(this.#unanswered * askMs) / 1000} s`);
    this.#unanswered++;
    this.#send(child, { type: "status", id: 0 });
  }

  /** Ends a child that holds more memory than its model can need. Its own word would not do. */
  #watchMemory(child: Child): void {
    const bytes = memoryHeld(child.pid);
    if (bytes <= this.#memoryBytesMax) return;
    this.#endByForce(child, `it holds ${bytes} bytes of memory; its model needs at most ${this.#memoryBytesMax}`);
  }

  #endByForce(child: Child, why: string): void {
    if (this.#endedFor === undefined) {
      const { name, log } = this.#options;
      this.#endedFor = why;
      log.error({ engine: name, pid: child.pid }, `the engine is ended: ${why}`);
    }
    // A process that hangs does not react to less.
    child.kill("SIGKILL");
  }

  /** Once for each child: what it says when it has the model is not to be relied on. */
  #sealed(child: Child, { sandbox, memoryBytesMax }: { sandbox: string; memoryBytesMax: number }): void {
    if (this.#memoryBytesMax !== Infinity) return;
    const { name, log } = this.#options;
    this.#memoryBytesMax = Math.min(memoryBytesMax, machineMemory());
    this.#memoryTimer = setInterval(() => this.#watchMemory(child), memoryLookMs);
    if (sandbox !== this.#sandbox && sandbox !== "full")
      log.warn({ engine: name, sandbox }, "the engine runs without a whole sandbox");
    this.#sandbox = sandbox;
  }

  #receive(child: Child, message: ChildMessage): void {
    if (child !== this.#child) return;
    this.#unanswered = 0;
    const { name, log } = this.#options;
    if (message.type === "log") return log[message.level]({ engine: name, ...message.fields }, message.message);
    if (message.type === "sealed") return this.#sealed(child, message);
    if (message.type === "status") {
      this.#questions.answer(message.id, message.status);
      this.#lastLive = message.status;
      const hangsS = message.status?.hangsS ?? null;
      if (hangsS !== null) this.#endByForce(child, `a request got nothing from llama.cpp for ${hangsS} s`);
      return;
    }
    if (message.type === "sleeps") return this.#sleeps(message.yes);
    if (message.type === "failed") {
      this.#fail(decodeError(message.error));
      return;
    }
    if (message.type === "tuned") return this.#tuned(child, message);
    if (this.#state !== "loading") return;
    this.#ready = {
      loadMs: message.loadMs,
      contextTokens: message.contextTokens,
      tuning: message.tuning,
      atMs: performance.now(),
    };
    log.info({ engine: name, pid: child.pid, loadMs: message.loadMs, ...message.tuning }, "the model is ready");
    this.#become("ready");
  }

  #sleeps(yes: boolean): void {
    if (yes && this.#state === "ready") {
      this.#isFallingAsleep = true;
      this.#become("draining");
    }
    this.#sleepAnswer?.(yes);
    this.#sleepAnswer = undefined;
  }

  #tuned(child: Child, { tuning, isSteady }: { tuning: Tuning; isSteady: boolean }): void {
    if (!this.#ready) return;
    this.#ready.tuning = tuning;
    const { name, file, log } = this.#options;
    log.info({ engine: name, pid: child.pid, ...tuning }, "the model's threads are measured");
    try {
      // What other work has disturbed is measured again at the next start.
      if (isSteady) this.#tunings?.set(file, tuning);
    } catch (error) {
      log.warn({ engine: name, reason: toSahabError(error).message }, "what was measured is not kept");
    }
  }

  #fail(error: SahabError): void {
    const { name, log } = this.#options;
    this.#failure = error;
    log.error(
      { engine: name, reason: error.message },
      "the model cannot be loaded; it is not tried again until it is changed",
    );
    try {
      // It tells clients in other processes not to wait. It names no path, because callers see it.
      writeFileSync(this.#failureNote, "it could not be loaded; the log and `sahab ps` give the reason", {
        mode: 0o600,
      });
    } catch {
      // Without it they wait until their own time limit.
    }
    if (this.#state === "loading" || this.#state === "ready") this.#become("failed");
  }

  #ended(child: Bun.Subprocess, code: number | null, signal: number | string | null): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    clearInterval(this.#watchTimer);
    clearInterval(this.#memoryTimer);
    const readyAtMs = this.#ready?.atMs;
    this.#ready = undefined;
    this.#sleepAnswer?.(false);
    this.#sleepAnswer = undefined;
    if (this.#isFallingAsleep && this.#state === "draining") {
      this.#crashes = 0;
      return this.#become("stored");
    }
    if (this.#state !== "loading" && this.#state !== "ready") return;
    const { name, log } = this.#options;
    this.#lastError =
      this.#endedFor ?? `its process ended by ${signal === null ? `status ${code}` : `signal ${signal}`}`;
    if (readyAtMs !== undefined && performance.now() - readyAtMs > healthyMs) this.#crashes = 0;
    this.#crashes++;
    if (readyAtMs === undefined && this.#crashes >= failedLoadsMax) {
      this.#fail(
        new SahabError(
          "engine_unavailable",
          `Model ${name} ended ${this.#crashes} times while it was loaded; the last time ${this.#lastError}`,
        ),
      );
      return;
    }
    this.#restarts++;
    if (!this.keepsRunning) {
      log.error({ engine: name, code, signal }, "the engine's process ended by itself");
      return this.#become("stored");
    }
    const waitMs = Math.min(restartMs * 2 ** (this.#crashes - 1), restartMsMax);
    log.error(
      { engine: name, code, signal, restartInMs: waitMs },
      this.#endedFor === undefined ? "the engine's process ended by itself" : "the engine's process has been ended",
    );
    this.#become("loading");
    this.#restartTimer = setTimeout(() => this.#spawn(), waitMs);
  }

  async #stop(graceMs: number): Promise<void> {
    clearTimeout(this.#restartTimer);
    clearInterval(this.#watchTimer);
    clearInterval(this.#memoryTimer);
    const child = this.#child;
    this.#become("draining");
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = child.exited.then(() => true);
      const within = (ms: number) => Promise.race([exited, Bun.sleep(ms).then(() => false)]);
      if (graceMs > 0) this.#send(child, { type: "drain" });
      if (graceMs <= 0 || !(await within(graceMs))) {
        // A signal would not do: the child leaves signals to its parent.
        this.#send(child, { type: "end" });
        if (!(await within(endWaitMs))) {
          child.kill("SIGKILL");
          await exited;
        }
      }
    }
    this.#child = undefined;
    this.#ready = undefined;
    rmSync(this.#failureNote, { force: true });
    this.#become("stored");
  }

  #send(child: Bun.Subprocess, message: ParentMessage): void {
    try {
      child.send(message);
    } catch (error) {
      // The process has just ended; onExit follows.
      this.#lastError = toSahabError(error).message;
    }
  }
}

/** A sixteenth of the machine, and at most 2 GiB. */
const promptCacheBytes = (): number => Math.min(2 * 1024 ** 3, Math.floor(machineMemory() / 16));
