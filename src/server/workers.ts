import { join } from "node:path";
import type { PullView } from "../admin/index.ts";
import type { Environment } from "../base/environment.ts";
import type { Log } from "../base/log.ts";
import type { MetricValues } from "../base/metric-values.ts";
import { Refusals } from "../base/refusals.ts";
import { runtimeCommand } from "../base/runtime-command.ts";
import { StartError } from "./data-folder.ts";
import { createPeer, type Peer } from "./peer.ts";
import { processStartedMs } from "./running-process.ts";
import { listen } from "./listen.ts";
import type { Whole } from "./serving-options.ts";

/** A worker that ends unexpectedly is started again after this time, doubled for each further end up to the maximum. */
const restartMs = 250;
const restartMsMax = 10_000;
/** After a worker has run this long, the waiting time starts from the beginning. */
const healthyMs = 60_000;
/** Several that start at once on two busy cores took more than 15 s. */
const startMsDefault = 60_000;

interface WorkerDeps {
  environment: Environment;
  log: Log;
  whole: Whole;
  /** Moves the journal of an ended worker into the store. */
  recover(index: number): Promise<void>;
  /** For tests: the program to run instead of the worker, and the time until it must be ready. */
  program?: string;
  startMs?: number;
}

interface Worker {
  reload(): Promise<unknown>;
  metrics(): Promise<MetricValues>;
  pulls(): Promise<PullView[]>;
  cancelPull(id: string): Promise<PullView | undefined>;
  drainJournal(): Promise<unknown>;
  renewCertificate(): unknown;
  stop(graceMs: number): Promise<void>;
}

/** Starts the serving processes that share the port; resolves when all of them listen. */
export async function startWorkers(deps: WorkerDeps): Promise<Worker[]> {
  if (deps.environment.port === 0)
    throw new StartError("SAHAB_PORT is 0 and SAHAB_WORKERS above 1; processes that share a port need a number");
  // A shared port could be shared with another Sahab, too, so first check that the port is free.
  listen(
    { handle: (request) => request.abort(), refusals: new Refusals(deps.log) },
    { ...deps.environment, tls: undefined, reusePort: false },
  ).close();
  const started = await Promise.allSettled(
    Array.from({ length: deps.environment.workers }, (_, index) => startWorker(deps, index)),
  );
  const workers = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = started.find((result) => result.status === "rejected");
  if (!failed) return workers;
  await Promise.all(workers.map((worker) => worker.stop(0)));
  throw failed.reason;
}

async function startWorker(deps: WorkerDeps, index: number): Promise<Worker> {
  const startMs = deps.startMs ?? startMsDefault;
  let peer: Peer | undefined;
  let child: Bun.Subprocess | undefined;
  let alive = false;
  let stopping = false;
  let failures = 0;

  const spawn = () =>
    new Promise<void>((resolve, reject) => {
      const bornMs = performance.now();
      let ready = false;
      let late = false;
      // Until the process is gone its journal must not be read and no other started in its place: onExit continues.
      const timer = setTimeout(() => {
        late = true;
        ownChild.kill("SIGKILL");
      }, startMs);
      const own = createPeer((message) => ownChild.send(message), {
        ready: () => {
          if (late) return;
          ready = true;
          alive = true;
          clearTimeout(timer);
          resolve();
        },
        changed: () => deps.whole.changed(),
        engines: () => deps.whole.engines(),
        setLoaded: (wanted) => deps.whole.setLoaded(wanted as Parameters<Whole["setLoaded"]>[0]),
        pulls: () => deps.whole.pulls(),
        cancelPull: (id) => deps.whole.cancelPull(String(id)),
        metrics: () => deps.whole.metrics(),
        drainJournals: () => deps.whole.drainJournals(),
        rotateMasterKey: () => deps.whole.rotateMasterKey(),
        rotateAdminKey: (overlapMs) => deps.whole.rotateAdminKey(Number(overlapMs)),
      });
      const ownChild: Bun.Subprocess = Bun.spawn({
        ...runtimeCommand(
          deps.program ?? join(import.meta.dir, "worker-main.ts"),
          String(index),
          String(processStartedMs()),
        ),
        stdio: ["ignore", "inherit", "inherit"],
        ipc: (message) => own.receive(message),
        onExit: (_process, code, signal) => {
          clearTimeout(timer);
          alive = false;
          own.close();
          if (!ready) {
            reject(
              new StartError(
                late
                  ? `Worker ${index} did not start within ${startMs / 1000} s`
                  : `Worker ${index} ended while it started (status ${code ?? signal}); its message is above`,
              ),
            );
            return;
          }
          if (stopping) return;
          failures = performance.now() - bornMs > healthyMs ? 0 : failures + 1;
          const waitMs = Math.min(restartMs * 2 ** failures, restartMsMax);
          deps.log.error({ worker: index, code, signal, restartInMs: waitMs }, "a worker ended unexpectedly");
          setTimeout(() => void restart(), waitMs);
        },
      });
      child = ownChild;
      peer = own;
    });

  const restart = async () => {
    if (stopping) return;
    try {
      await deps.recover(index);
      if (stopping) return;
      await spawn();
    } catch (error) {
      deps.log.error({ err: error, worker: index }, "a worker could not be started again");
      failures++;
      setTimeout(() => void restart(), Math.min(restartMs * 2 ** failures, restartMsMax));
    }
  };

  // A worker that is being replaced cannot answer; the others still do.
  const ask = async <T>(question: string, otherwise: T, argument?: unknown): Promise<T> => {
    if (!peer || !alive) return otherwise;
    try {
      return (await peer.ask(question, argument)) as T;
    } catch {
      return otherwise;
    }
  };

  await spawn();
  return {
    reload: () => ask("reload", undefined),
    metrics: () => ask<MetricValues>("metrics", {}),
    pulls: () => ask<PullView[]>("pulls", []),
    cancelPull: (id) => ask<PullView | undefined>("cancelPull", undefined, id),
    drainJournal: () => ask("drainJournal", undefined),
    renewCertificate: () => ask("renewCertificate", undefined),
    async stop(graceMs) {
      stopping = true;
      const running = child;
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      // A signal would not do: a worker leaves signals to its parent. One that still starts has nothing to finish.
      if (alive) void ask("stop", undefined);
      else running.kill("SIGKILL");
      const timer = setTimeout(() => running.kill("SIGKILL"), graceMs + 10_000);
      await running.exited;
      clearTimeout(timer);
    },
  };
}
