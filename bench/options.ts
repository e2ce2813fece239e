import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { llamaServer } from "./engine/llama-server.ts";
import { partNames, type Part } from "./part.ts";
import { peers } from "./peers/index.ts";

export interface BenchOptions {
  only: Set<Part>;
  quick: boolean;
  json: string | undefined;
  /** How many requests the memory part sends. */
  requests: number;
  /** How many usage records the database of the report part is filled with. */
  reportRecords: number;
  /** How many usage records the database of the ledger part is filled with. */
  ledgerRecords: number;
  /** Names of the peers to compare with. */
  peers: Set<string>;
  /** The folder of the traces that the plan part replays. */
  traces: string;
  tree: string;
  compare: string | undefined;
  strict: boolean;
}

const peerNames = [...peers.map((peer) => peer.name), llamaServer.name];

export const usage = `Usage: npm run bench -- [options]
  --only PARTS       these parts only, of ${partNames.join(",")}
  --quick            fewer and shorter rounds: a first look, not a result
  --json FILE        every raw value
  --peers LIST       compare with these gateways, and the engine with llama-server: all (the default), none, or some of
                     ${peerNames.join(",")}
                     Those that are missing are installed from npm and PyPI into node_modules/.cache, once
                     (LiteLLM 90 s and 750 MB, the others less than 30 s and 150 MB each); nginx is used
                     where it is on the PATH, and llama-server is built from source (ten minutes on two idle cores). What cannot be installed is left out
  --no-portkey       leave Portkey out
  --requests N       requests of the memory part (1,000,000; with --quick 50,000)
  --report-records N usage records in the database of the report part (2,000,000)
  --ledger-records N usage records in the large database of the ledger part (10,000,000; with --quick 1,000,000)
  --traces DIR       folder of the traces of the plan part (mooncake, azure-llm-2023); without it, that part is left out
  --tree DIR         measure the Sahab of another checkout
  --compare DIR      measure the Sahab of another checkout too, in the same rounds
  --strict           end with status 1 where a goal is missed
  --help             this text`;

/** Parses the command line. Throws an Error that names the wrong option and what is allowed. */
export function parseOptions(args: string[]): BenchOptions | "help" {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      requests: { type: "string" },
      "report-records": { type: "string", default: "2000000" },
      "ledger-records": { type: "string" },
      traces: { type: "string", default: resolve(import.meta.dir, "../../shared/traces") },
      peers: { type: "string", default: "all" },
      "no-portkey": { type: "boolean", default: false },
      tree: { type: "string", default: resolve(import.meta.dir, "..") },
      compare: { type: "string" },
      strict: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const chosen = new Set(parsePeers(values.peers));
  if (values["no-portkey"]) chosen.delete("Portkey");
  return {
    only: new Set(values.only === undefined ? partNames : values.only.split(",").map(parsePart)),
    quick: values.quick,
    json: values.json === undefined ? undefined : resolve(values.json),
    requests: parseCount("--requests", values.requests ?? (values.quick ? "50000" : "1000000")),
    reportRecords: parseCount("--report-records", values["report-records"]),
    ledgerRecords: parseCount("--ledger-records", values["ledger-records"] ?? (values.quick ? "1000000" : "10000000")),
    peers: chosen,
    traces: resolve(values.traces),
    tree: resolve(values.tree),
    strict: values.strict,
    compare: values.compare === undefined ? undefined : resolve(values.compare),
  };
}

function parseCount(option: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1000 && count <= 100_000_000) return count;
  throw new Error(`${option} is "${text}"; a whole number from 1,000 to 100,000,000 is allowed`);
}

function parsePart(text: string): Part {
  const part = partNames.find((known) => known === text.trim());
  if (!part) throw new Error(`--only names "${text}"; allowed: ${partNames.join(", ")}`);
  return part;
}

function parsePeers(text: string): string[] {
  if (text === "all") return peerNames;
  if (text === "none") return [];
  return text.split(",").map((name) => {
    const known = peerNames.find((peer) => peer.toLowerCase() === name.trim().toLowerCase());
    if (known === undefined) throw new Error(`--peers names "${name}"; allowed: all, none, ${peerNames.join(", ")}`);
    return known;
  });
}
