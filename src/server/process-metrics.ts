import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { Histogram, type MetricValues } from "../base/metric-values.ts";

const lookMs = 250;
/** Upper bounds of the buckets, in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How late this process's timers are. */
export class EventLoopLag {
  readonly #lag = new Histogram(buckets);
  #timer: Timer | undefined;

  run(): void {
    const setMs = performance.now();
    this.#timer = setTimeout(() => {
      this.#lag.observe(Math.max(0, performance.now() - setMs - lookMs) / 1000);
      this.run();
    }, lookMs);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  readInto(values: MetricValues): void {
    this.#lag.readInto(values, "sahab_event_loop_lag_seconds");
  }
}

/** What the operating system knows of this process. Numbers that only Linux has are left out elsewhere. */
export function readProcess(): MetricValues {
  const { user, system } = process.cpuUsage();
  const values: MetricValues = {
    process_cpu_seconds_total: (user + system) / 1e6,
    process_resident_memory_bytes: process.memoryUsage.rss(),
    process_start_time_seconds: startedS,
  };
  try {
    // Less the one that reads the folder.
    values["process_open_fds"] = readdirSync("/proc/self/fd").length - 1;
    const bound = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (bound !== undefined) values["process_max_fds"] = Number(bound);
  } catch {
    // no Linux
  }
  return values;
}

const startedS = Date.now() / 1000 - process.uptime();

/** The room on a folder's disk; nothing where it cannot be told. */
export function readDisk(folder: string): MetricValues {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { sahab_data_free_bytes: bavail * bsize, sahab_data_size_bytes: blocks * bsize };
  } catch {
    return {};
  }
}
