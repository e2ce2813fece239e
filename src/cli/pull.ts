import { InvalidArgumentError, type Command } from "commander";
import { statSync } from "node:fs";
import { showByteSize } from "../base/parse-byte-size.ts";
import { resolveUserPath } from "../base/user-path.ts";
import { asCalled } from "../base/called-as.ts";
import { CommandError, type Client } from "./client.ts";
import { print, printError, printJson } from "./print.ts";
import { PullMeter, type ReceivedLine } from "./pull-meter.ts";

interface FoundLine {
  /** The model's name on its hub, in full. */
  found: string;
  files: string[];
  quantization: string | null;
  total_bytes: number;
  others: { quantization: string | null; bytes: number }[];
  warnings?: string[];
}

interface ServedLine {
  name: string;
  file: string;
  memory?: { needed_bytes: number; free_bytes: number; budget_bytes: number | null };
  warnings?: string[];
}

type Line = FoundLine | ReceivedLine | ServedLine | { error: { code: string; message: string } };

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
    .description("fetch a model (GGUF) from a hub, an address or a file, and serve it")
    .argument(
      "<source>",
      "hf.co/OWNER/REPO[:QUANT], modelscope.cn/OWNER/REPO[:QUANT], an http(s) address, a file, or nano",
    )
    .option("-n, --name <name>", "the name that clients ask for (the file's name by default)")
    .option("--context <tokens>", "context length of each slot (4096)", parseCount)
    .option("--slots <count>", "requests served at once (4)", parseCount)
    .option("--sha256 <hash>", "refuse a file with another SHA-256; of a model in parts once for each", collectHash)
    .addHelpText(
      "after",
      `
From Hugging Face and ModelScope, by the server:
  sahab pull hf.co/OWNER/REPO                  the best quantization for most machines: Q4_K_M, else what is nearest to it
  sahab pull hf.co/OWNER/REPO:Q8_0             another one; a wrong one shows those that are there
  sahab pull hf.co/OWNER/REPO:FILE.gguf        one of its files; of a model in parts any, and all are fetched
  sahab pull hf.co/OWNER/REPO@REVISION:Q8_0    another branch, tag or commit
  sahab pull modelscope.cn/OWNER/REPO          the same there; pages of both may be pasted from the browser
  sahab pull nano                              the small model that comes with Sahab, where it was removed; no network is needed
What has come is kept when a pull is interrupted, and the same command goes on from there. For models that are private or
gated the server's environment has a token, which goes to that hub alone: HUGGING_FACE_HUB_TOKEN, or HF_TOKEN, which makes the
models of Hugging Face's own service callable, too; MODELSCOPE_API_TOKEN. Mirrors: HF_ENDPOINT, MODELSCOPE_DOMAIN.

What a hub tells of a file's SHA-256 (Hugging Face, ModelScope, Ollama's registry) is compared, too. Addresses of private
networks are fetched from where they are named themselves, and hosts that SAHAB_PULL_HOSTS of the server lists; redirects never
lead there. Files may be named on the server's own machine by whoever owns its data folder; over the network only those in its
models folder and in folders that SAHAB_MODEL_FOLDERS of the server lists.`,
    )
    .option("--json", "print progress and outcome as lines of JSON")
    .action((source: string, options: Options) => pull(client(), source, options));
}

async function pull(client: Client, source: string, options: Options): Promise<void> {
  const isWeb = /^(https?|file):\/\//i.test(source);
  const { name, context, slots, sha256 } = options;
  // The server has another working directory, so a path that exists here is made absolute.
  const body = {
    source: !isWeb && isFile(resolveUserPath(source)) ? resolveUserPath(source) : source,
    ...(name && { name }),
    ...(context && { context }),
    ...(slots && { slots }),
    ...(sha256 && { sha256 }),
  };
  const meter = new PullMeter({ output: process.stdout, isShown: options.json !== true });
  const stopped = new AbortController();
  const onInterrupt = () => stopped.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const response = await client.request("/admin/v1/models/pull", {
      body,
      asOwner: !isWeb || /^file:/i.test(source),
      signal: stopped.signal,
    });
    let served: ServedLine | undefined;
    for await (const line of readLines(response)) {
      if ("error" in line) {
        meter.end();
        throw new CommandError(`${line.error.message} (${line.error.code})`);
      }
      if ("name" in line) served = line;
      if (options.json) printJson(line, 0);
      else show(line, meter);
    }
    if (served) return;
    meter.end();
    throw new CommandError("The server ended while it pulled. What has come is kept: pull again to go on from there");
  } catch (error) {
    meter.end();
    if (stopped.signal.aborted)
      throw new CommandError(
        `Stopped${meter.receivedBytes > 0 ? ` after ${showByteSize(meter.receivedBytes)}` : ""}. What has come is kept: the same command goes on from there`,
        { cause: error },
      );
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `The connection to the server at ${client.address} ended while it pulled (${error instanceof Error ? error.message : String(error)}). What has come is kept: pull again to go on from there`,
      { cause: error },
    );
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

function show(line: FoundLine | ReceivedLine | ServedLine, meter: PullMeter): void {
  if ("received_bytes" in line) {
    meter.show(line);
    return;
  }
  meter.end();
  if ("found" in line) {
    const quantization = line.quantization === null ? "" : ` in ${line.quantization}`;
    const files =
      line.files.length === 1 ? (line.files[0] ?? "") : `${line.files.length} files, ${line.files[0]} first`;
    const others = line.others.flatMap((one) =>
      one.quantization === null ? [] : [`${one.quantization} (${showByteSize(one.bytes)})`],
    );
    print(`${line.found}${quantization}: ${files}, ${showByteSize(line.total_bytes)}`);
    if (others.length > 0)
      print(`  also there: ${others.slice(0, othersMax).join(", ")}${others.length > othersMax ? ", …" : ""}`);
  } else {
    print(asCalled(`Model ${line.name} is served from ${line.file}. Talk to it: sahab chat ${line.name}`));
    if (line.memory) {
      const { needed_bytes: needed, free_bytes: free, budget_bytes: budget } = line.memory;
      const of = budget === null ? "" : `, of a budget of ${showByteSize(budget)}`;
      print(`It needs about ${showByteSize(needed)} of memory${of}; this machine has ${showByteSize(free)} free.`);
    }
  }
  for (const warning of line.warnings ?? []) printError(`warning: ${warning}`);
}

const othersMax = 12;

/** A folder with a hub's name, as a clone of a repository has, is no file. */
const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

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

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Allowed: a whole number of at least 1.");
  return value;
}

function collectHash(text: string, before: string[] | undefined): string[] {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("Allowed: 64 hexadecimal digits.");
  return [...(before ?? []), text];
}
