import { makeInput } from "./make-input.ts";
import { shrink } from "./shrink.ts";
import type { Target } from "./target.ts";

export interface Finding {
  target: string;
  /** Undefined for one that was kept. */
  index?: number;
  problem: string;
  input: Buffer;
}

/** Usual inputs take a millisecond; what hangs takes for ever. */
const inputMsMax = 1_000;
/** What all inputs of a run together may leave in memory, beyond what was there at the start. */
const leftBytesMax = 1024 ** 3;

/** Reads one input; undefined where all is well, else what is wrong. */
export async function tryInput(
  target: Target,
  input: Buffer,
  random: () => number,
  clockMs = () => performance.now(),
): Promise<string | undefined> {
  const startMs = clockMs();
  try {
    const running = target.run(Buffer.from(input), random);
    if (running) await running;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return clockMs() - startMs > inputMsMax ? "it took longer than a second" : undefined;
}

/** What this process has taken of the processor, all of its threads together. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

interface RunOptions {
  seed: number;
  from: number;
  inputs: number;
  findingsMax: number;
  /** Told of each input before it is read. */
  onInput?: (index: number) => void;
}

/** Reads so many inputs, and returns what was found, made as small as it gets. */
export async function runInputs(target: Target, options: RunOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const heldBytes = process.memoryUsage.rss();
  for (let index = options.from; index < options.from + options.inputs; index++) {
    options.onInput?.(index);
    const { input, random } = makeInput(target, options.seed, index);
    let problem = await tryInput(target, input, random);
    // A machine that is busy makes anything slow.
    if (problem?.includes("longer than")) {
      const again = makeInput(target, options.seed, index);
      problem = await tryInput(target, again.input, again.random, processorMs);
    }
    if (index % 1024 === 0 && process.memoryUsage.rss() - heldBytes > leftBytesMax) {
      Bun.gc(true);
      if (process.memoryUsage.rss() - heldBytes > leftBytesMax)
        problem ??= "the inputs up to this one have left more than 1 GiB in memory";
    }
    if (problem === undefined) continue;
    const kind = kindOf(problem);
    if (seen.has(kind)) continue;
    seen.add(kind);
    const small = await shrink(input, async (smaller) => {
      const found = await tryInput(target, smaller, makeInput(target, options.seed, index).random);
      return found !== undefined && kindOf(found) === kind;
    });
    findings.push({ target: target.name, index, problem, input: small });
    if (findings.length === options.findingsMax) break;
  }
  return findings;
}

/** The problem without what differs by input, so that each is told once. */
const kindOf = (problem: string) => problem.slice(0, 60).replace(/\d+/g, "0");
