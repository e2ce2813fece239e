import { InvalidArgumentError, type Command } from "commander";
import { existsSync } from "node:fs";
import { resolveUserPath } from "../base/user-path.ts";
import { CommandError, type Client } from "./client.ts";
import { formatBytes, print, printError, printJson } from "./print.ts";

type Line =
  | { received_bytes: number; total_bytes: number | null }
  | { name: string; file: string; warnings?: string[] }
  | { error: { code: string; message: string } };

interface Options {
  name?: string;
  context?: number;
  slots?: number;
  sha256?: string[];
  json?: boolean;
}

export function addPull(program: Command, client: () => Client): void {
  program
    .command("pull")
    .description("fetch a model (GGUF) and serve it")
    .argument("<source>", "an http(s) address, or a file on the machine that runs Sahab")
    .option("-n, --name <name>", "the name that clients ask for (the file's name by default)")
    .option("--context <tokens>", "context length of each slot (4096)", parseCount)
    .option("--slots <count>", "requests served at once (4)", parseCount)
    .option("--sha256 <hash>", "refuse a file with another SHA-256; of a model in parts once for each", collectHash)
    .addHelpText(
      "after",
      `
What a hub tells of a file's SHA-256 (Hugging Face, Ollama's registry) is compared, too. Addresses of private networks are
fetched from where they are named themselves, and hosts that SAHAB_PULL_HOSTS of the server lists; redirects never lead
there. Files may be named on the server's own machine by whoever owns its data folder; over the network only those in its
models folder and in folders that SAHAB_MODEL_FOLDERS of the server lists.`,
    )
    .option("--json", "print progress and outcome as lines of JSON")
    .action(async (source: string, options: Options) => {
      const isWeb = /^(https?|file):\/\//i.test(source);
      const { name, context, slots, sha256 } = options;
      // The server has another working directory, so a path that exists here is made absolute.
      const body = {
        source: !isWeb && existsSync(resolveUserPath(source)) ? resolveUserPath(source) : source,
        ...(name && { name }),
        ...(context && { context }),
        ...(slots && { slots }),
        ...(sha256 && { sha256 }),
      };
      const response = await client().request("/admin/v1/models/pull", {
        body,
        asOwner: !isWeb || /^file:/i.test(source),
      });
      const startedMs = performance.now();
      for await (const line of readLines(response)) {
        if ("error" in line)
          throw new CommandError(`${options.json ? "" : "\n"}${line.error.message} (${line.error.code})`);
        if (options.json) printJson(line, 0);
        else if ("name" in line) {
          print(`\nModel ${line.name} is served from ${line.file}. Talk to it: sahab chat ${line.name}`);
          for (const warning of line.warnings ?? []) printError(`warning: ${warning}`);
        } else if (process.stdout.isTTY)
          process.stdout.write(
            `\r${describe(line.received_bytes, line.total_bytes, performance.now() - startedMs)}\u001b[K`,
          );
      }
    });
}

async function* readLines(response: Response): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line) as Line;
  }
}

function describe(receivedBytes: number, totalBytes: number | null, elapsedMs: number): string {
  const speed = `${formatBytes(Math.round(receivedBytes / Math.max(elapsedMs / 1000, 0.1)))}/s`;
  if (totalBytes === null || totalBytes === 0) return `${formatBytes(receivedBytes)}  ${speed}`;
  const share = receivedBytes / totalBytes;
  const bar = "█".repeat(Math.round(share * 24)).padEnd(24, "░");
  return `${bar} ${Math.floor(share * 100)} %  ${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}  ${speed}`;
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Allowed: a whole number of at least 1.");
  return value;
}

function collectHash(text: string, before: string[] | undefined): string[] {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("Allowed: 64 hexadecimal digits.");
  return [...(before ?? []), text];
}
