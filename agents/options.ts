import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { kits } from "../src/testing/wire/kits.ts";
import type { Kit } from "../src/testing/wire/kit.ts";
import type { Agent } from "./agent.ts";
import { agents } from "./programs/index.ts";

export interface AgentsOptions {
  agents: Agent[];
  vendors: Kit[];
  /** Where programs are installed, and where they run. */
  scratch: string;
  keep: boolean;
  latest: boolean;
  json: boolean;
  list: boolean;
  /** Whether the table in the docs is written. */
  table: boolean;
}

const vendorNames = kits.map(({ api }) => api);
/** What each agent is tried with unless others are asked for. */
const usualVendors = "chat,messages,gemini";

export const usage = `Usage: npm run agents -- [options]
Installs coding agents from npm and PyPI into a folder outside of the checkout, and has each write two files through a
Sahab of its own, with a scripted vendor of each dialect behind it. Their table is docs/agents/tried.md.
  --only LIST      these agents only, of ${agents.map(({ name }) => name).join(",")}
  --vendors LIST   these vendors' dialects, of ${vendorNames.join(",")} (${usualVendors})
  --latest         the newest versions instead of those that the table has
  --scratch DIR    where to install and run (by default sahab-agents in the user's folder for caches)
  --keep           leave the folders in which the agents ran, with what they said and what the vendor was asked
  --no-table       do not write the table
  --json           print the results as JSON
  --list           print the agents and their versions
  --help           this text`;

/** Parses the command line. Throws an Error that names the wrong option and what is allowed. */
export function parseOptions(args: string[]): AgentsOptions | "help" {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      vendors: { type: "string", default: usualVendors },
      latest: { type: "boolean", default: false },
      scratch: {
        type: "string",
        default: join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sahab-agents"),
      },
      keep: { type: "boolean", default: false },
      "no-table": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    agents: values.only === undefined ? [...agents] : pick("--only", values.only, agents, (agent) => agent.name),
    vendors: pick("--vendors", values.vendors, kits, (kit) => kit.api),
    scratch: resolve(values.scratch),
    keep: values.keep,
    latest: values.latest,
    json: values.json,
    list: values.list,
    table: !values["no-table"],
  };
}

function pick<Value>(option: string, text: string, all: readonly Value[], nameOf: (value: Value) => string): Value[] {
  return text.split(",").map((name) => {
    const found = all.find((value) => nameOf(value) === name.trim());
    if (!found) throw new Error(`${option} names "${name}"; allowed: ${all.map(nameOf).join(", ")}`);
    return found;
  });
}
