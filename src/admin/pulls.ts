import { messageFor, SahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import { SpeedMeter } from "../base/speed-meter.ts";
import {
  pullAndServe,
  pullFailure,
  pullStopped,
  type FoundLine,
  type ReceivedLine,
  type WantedPull,
} from "./pull-and-serve.ts";
import type { PullView } from "./pull-schemas.ts";
import type { ConfigDeps } from "./update-config.ts";

/** Pulls in the background that a process has under way at once. */
const runningMax = 8;
/** Pulls that are remembered, those under way included. */
const keptMax = 50;

interface Pull {
  view: PullView;
  stop: AbortController;
  speed: SpeedMeter;
}

/** The pulls that this process was asked for and that go on without whoever asked; the last 50 are remembered until it ends. */
export class Pulls {
  readonly #log: Log;
  readonly #stopping: AbortSignal;
  readonly #pulls = new Map<string, Pull>();

  constructor(deps: { log: Log; stopping: AbortSignal }) {
    this.#log = deps.log;
    this.#stopping = deps.stopping;
  }

  /** Newest first. */
  list(): PullView[] {
    return [...this.#pulls.values()].map(({ view }) => view).toReversed();
  }

  /** Begins a pull. Throws `overloaded` where too many are under way. `source` is how it may be shown. */
  start(deps: ConfigDeps, wanted: WantedPull, source: string): PullView {
    const running = [...this.#pulls.values()].filter(({ view }) => view.state === "running").length;
    if (running >= runningMax)
      throw new SahabError(
        "overloaded",
        `${running} models are being pulled already, and at most ${runningMax} are at once; wait until one has ended`,
      );
    const view: PullView = {
      id: newId("pull"),
      source,
      state: "running",
      phase: "looking",
      started_at: new Date().toISOString(),
      ended_at: null,
      received_bytes: 0,
      total_bytes: null,
      bytes_per_second: null,
      left_seconds: null,
      found: null,
      model: null,
      warnings: [],
      error: null,
    };
    const pull = { view, stop: new AbortController(), speed: new SpeedMeter() };
    this.#pulls.set(view.id, pull);
    this.#forgetOldest();
    void this.#run(deps, wanted, pull);
    return view;
  }

  /** Ends one that runs, and forgets one that has ended. Returns how it is then; undefined for one that is not this process's. */
  cancel(id: string): PullView | undefined {
    const pull = this.#pulls.get(id);
    if (!pull) return undefined;
    if (pull.view.state === "running") {
      pull.stop.abort();
      end(pull, { state: "cancelled" });
    } else this.#pulls.delete(id);
    return pull.view;
  }

  async #run(deps: ConfigDeps, wanted: WantedPull, pull: Pull): Promise<void> {
    try {
      const served = await pullAndServe(deps, wanted, {
        signal: AbortSignal.any([pull.stop.signal, this.#stopping]),
        say: (line) => note(pull, line),
      });
      const warnings = [...pull.view.warnings, ...(served.warnings ?? [])];
      // It may have been cancelled too late: then the model is there.
      end(pull, { state: "done", model: served.name, warnings });
    } catch (thrown) {
      if (pull.view.state === "cancelled") return;
      const error = this.#stopping.aborted ? pullStopped() : pullFailure(thrown);
      if (error.code === "internal_error") this.#log.error({ err: error.cause, pull: pull.view.id }, "a pull failed");
      end(pull, { state: "failed", error: { code: error.code, message: messageFor(error, pull.view.id) } });
    }
  }

  #forgetOldest(): void {
    for (const [id, { view }] of this.#pulls) {
      if (this.#pulls.size <= keptMax) return;
      if (view.state !== "running") this.#pulls.delete(id);
    }
  }
}

function end(pull: Pull, ending: Partial<PullView>): void {
  const none = { bytes_per_second: null, left_seconds: null };
  pull.view = { ...pull.view, ...none, ended_at: new Date().toISOString(), ...ending };
}

function note(pull: Pull, line: FoundLine | ReceivedLine): void {
  const { view, speed } = pull;
  if (view.state !== "running") return;
  if ("found" in line) {
    const { found, files, quantization, others, total_bytes, warnings = [] } = line;
    pull.view = {
      ...view,
      found: { source: found, files, quantization, others },
      total_bytes,
      warnings,
      phase: "fetching",
    };
    return;
  }
  const { received_bytes: received, total_bytes: total, checked_bytes: checked } = line;
  speed.note(received, performance.now());
  const rate = speed.bytesPerSecond;
  const isRunning = checked === undefined && rate !== undefined && rate > 0;
  pull.view = {
    ...view,
    phase: checked !== undefined ? "checking" : total !== null && received >= total ? "serving" : "fetching",
    received_bytes: received,
    total_bytes: total,
    bytes_per_second: isRunning ? Math.round(rate) : null,
    left_seconds: isRunning && total !== null ? Math.ceil((total - received) / rate) : null,
  };
}
