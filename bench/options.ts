import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const parts = ["start", "small", "large", "latency", "streams", "memory", "engine"] as const;
export type Part = (typeof parts)[number];

export interface BenchOptions {
  only: Set<Part>;
  quick: boolean;
  json: string | undefined;
  /** How many requests the memory part sends. */
  requests: number;
  portkey: boolean;
  tree: string;
  compare: string | undefined;
  strict: boolean;
}

export const usage = `Usage: npm run bench -- [options]
  --only ${parts.join(",")}   these parts only
  --quick            fewer and shorter rounds: a first look, not a result
  --json FILE        every raw value
  --requests N       requests of the memory part (1,000,000; with --quick 50,000)
  --no-portkey       leave Portkey out (nothing is installed then)
  --tree DIR         measure the Sahab of another checkout
  --compare DIR      measure the Sahab of another checkout too, in the same rounds
  --strict           end with status 1 where a goal is missed`;

/** Parses the command line. Throws an Error that names the wrong option and what is allowed. */
export function parseOptions(args: string[]): BenchOptions | "help" {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      requests: { type: "string" },
      "no-portkey": { type: "boolean", default: false },
      tree: { type: "string", default: resolve(import.meta.dir, "..") },
      compare: { type: "string" },
      strict: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const requests = Number(values.requests ?? (values.quick ? 50_000 : 1_000_000));
  if (!Number.isInteger(requests) || requests < 1000 || requests > 100_000_000)
    throw new Error(`--requests is "${values.requests}"; a whole number from 1,000 to 100,000,000 is allowed`);
  return {
    only: new Set(values.only === undefined ? parts : values.only.split(",").map(parsePart)),
    quick: values.quick,
    json: values.json === undefined ? undefined : resolve(values.json),
    requests,
    portkey: !values["no-portkey"],
    tree: resolve(values.tree),
    strict: values.strict,
    compare: values.compare === undefined ? undefined : resolve(values.compare),
  };
}

function parsePart(text: string): Part {
  const part = parts.find((known) => known === text.trim());
  if (!part) throw new Error(`--only names "${text}"; allowed: ${parts.join(", ")}`);
  return part;
}
