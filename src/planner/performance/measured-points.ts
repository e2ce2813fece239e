import { PlanFault } from "../sheet/index.ts";

/** One combination of model, hardware, tensor parallelism and sizes, as it was measured: medians over its repetitions. */
export interface MeasuredPoint {
  model: string;
  hardware: string;
  tensorParallel: number;
  promptTokens: number;
  batch: number;
  answerTokens: number;
  prefillMs: number;
  /** From one token to the next. */
  decodeMs: number;
  /** Highest and average watts of an accelerator, as a share of its limit; absent where they were not measured. */
  peakPower?: number;
  averagePower?: number;
}

/**
 * Reads `perf_model.csv` of Splitwise's simulator (github.com/Mutinifni/splitwise-sim, MIT), or the medians of it in
 * `data/splitwise-points.csv`. Rows of `h100-80gb-pcap` are left out: they are no measurements, but those of `h100-80gb`
 * with prompt times 1.3 times as long.
 */
export function parseMeasuredPoints(csv: string): MeasuredPoint[] {
  const [head = "", ...lines] = csv.trim().split("\n");
  const names = head.trim().split(",");
  const rows = lines.map((line) => {
    const cells = line.trim().split(",");
    return (name: (typeof columns)[number]) => cells[names.indexOf(name)] ?? "";
  });
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new PlanFault(`Cannot read measured points: columns are missing: ${missing.join(", ")}`);
  const repetitions = Map.groupBy(
    rows.filter((read) => !read("hardware").endsWith("-pcap")),
    (read) => keyColumns.map(read).join(" "),
  );
  return [...repetitions.values()].map(medianOf);
}

const keyColumns = ["model", "hardware", "tensor_parallel", "prompt_size", "batch_size", "token_size"] as const;
const columns = [...keyColumns, "prompt_time", "token_time", "peak_power", "average_power"] as const;

function medianOf(rows: ((name: (typeof columns)[number]) => string)[]): MeasuredPoint {
  const number = (name: (typeof columns)[number]) => median(rows.map((read) => Number(read(name))));
  const [peakPower, averagePower] = [number("peak_power"), number("average_power")];
  return {
    model: rows[0]?.("model") ?? "",
    hardware: rows[0]?.("hardware") ?? "",
    tensorParallel: number("tensor_parallel"),
    promptTokens: number("prompt_size"),
    batch: number("batch_size"),
    answerTokens: number("token_size"),
    prefillMs: number("prompt_time"),
    decodeMs: number("token_time"),
    ...(peakPower > 0 && { peakPower }),
    ...(averagePower > 0 && { averagePower }),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return ((sorted[middle] ?? Number.NaN) + (sorted[sorted.length - 1 - middle] ?? Number.NaN)) / 2;
}
