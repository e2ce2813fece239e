import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import type { ApiRecord } from "../ledger/index.ts";
import { eventually } from "./eventually.ts";
import { cleanEnvironment, runCommand, sahabProgram, type CommandOptions, type CommandResult } from "./run-command.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

export interface SahabOptions {
  /** A folder that outlives the run; by default a temporary one that `close` removes. */
  dataDir?: string;
  env?: Record<string, string | undefined>;
  /** Applied before the function returns; replaces the built-in model, so that no engine runs. */
  config?: object | string;
  /** Starts `node bin/sahab.mjs`, as npm does, and not the program behind it. */
  launcher?: boolean;
  /** A program and its arguments that become Sahab, such as one that mounts a disk first. */
  prefix?: string[];
}

const launcherProgram = join(import.meta.dir, "..", "..", "bin", "sahab.mjs");

/** A usage record as the admin API returns it. */
export type AdminRecord = ApiRecord;

export interface Applied {
  changes: { action: string; kind: string; name: string; fields?: string[]; values?: unknown[] }[];
  kept: { kind: string; name: string; managed_by: string }[];
  dry_run: boolean;
  warnings: string[];
}

/** The real program as a child process on a folder of its own. */
export class TestSahab {
  readonly dataDir: string;
  address = "";
  adminKey = "";
  #child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;
  #stdout = "";
  #stderr = "";
  readonly #env: Record<string, string | undefined>;
  readonly #ownsFolder: boolean;
  readonly #program: string[];
  #isNanoTakenOver = false;

  constructor(options: SahabOptions) {
    this.#ownsFolder = options.dataDir === undefined;
    this.dataDir = options.dataDir ?? makeTemporaryFolder();
    this.#env = options.env ?? {};
    const program = options.launcher === true ? ["node", launcherProgram] : [process.execPath, sahabProgram];
    this.#program = [...(options.prefix ?? []), ...program];
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** The processes that it has started: workers and engines. */
  children(): number[] {
    try {
      return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    } catch {
      return []; // ended, or no Linux
    }
  }

  /** What the program has written to standard error so far, all runs together. Its lines come up to 100 ms after what they tell of: see `logged`. */
  logs(): string {
    return this.#stderr;
  }

  /** The first line of the log that has all of these, once it is there. */
  logged(...parts: (string | RegExp)[]): Promise<string> {
    return findLine(() => this.#stderr, parts);
  }

  /** The first line of standard output that has all of these, once it is there. */
  printed(...parts: (string | RegExp)[]): Promise<string> {
    return findLine(() => this.#stdout, parts);
  }

  stdout(): string {
    return this.#stdout;
  }

  /** How a client speaks TLS with it, by the files that its environment names. */
  get tls(): { ca?: string; cert?: string; key?: string } {
    const read = (name: string) => (this.#env[name] === undefined ? undefined : readFileSync(this.#env[name], "utf8"));
    const [ca, cert, key] = [read("SAHAB_TLS_CERT"), read("SAHAB_CLIENT_CERT"), read("SAHAB_CLIENT_KEY")];
    return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  }

  /** The same for `fetch`; nothing where it speaks no TLS, since such options keep connections from being used again. */
  get fetchTls(): { tls?: TestSahab["tls"] } {
    return this.address.startsWith("https:") ? { tls: this.tls } : {};
  }

  /** The environment in which a command finds this server. */
  commandEnvironment(): Record<string, string> {
    const port = this.address === "" ? "1" : new URL(this.address).port;
    const tls = Object.entries(this.#env).filter((entry): entry is [string, string] =>
      /^SAHAB_(?:TLS|CLIENT)_/.test(entry[1] === undefined ? "" : entry[0]),
    );
    return { SAHAB_DATA: this.dataDir, SAHAB_PORT: port, SAHAB_ADMIN_KEY: this.adminKey, ...Object.fromEntries(tls) };
  }

  command(args: string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runCommand(args, { ...options, env: { ...this.commandEnvironment(), ...options.env } });
  }

  /** Starts the program and waits until it says that it is ready. */
  async start(extraEnv: Record<string, string | undefined> = {}): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null)
      throw new Error("this Sahab already runs");
    const child = Bun.spawn([...this.#program, "up"], {
      env: cleanEnvironment({
        SAHAB_DATA: this.dataDir,
        SAHAB_PORT: "0",
        SAHAB_LOG: "warn",
        HOME: this.dataDir,
        ...this.#env,
        ...extraEnv,
      }),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#child = child;
    let printed = "";
    void collect(child.stdout, (text) => {
      printed += text;
      this.#stdout += text;
    });
    const told = collect(child.stderr, (text) => {
      this.#stderr += text;
    });
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    this.address = await eventually(
      "the printed address",
      async () => {
        if (ended()) {
          // Its last words may still be in the pipe, which an engine that outlives it keeps open.
          await Promise.race([told, Bun.sleep(3_000)]);
          throw new Error(`Sahab ended while it started (${child.exitCode}): ${this.#stderr}`);
        }
        return /listens on (https?:\/\/\S+)/.exec(printed)?.[1];
      },
      60_000,
    );
    const keyFile = join(this.dataDir, "admin.key");
    const given = { ...this.#env, ...extraEnv }["SAHAB_ADMIN_KEY"];
    this.adminKey = given ?? (existsSync(keyFile) ? readFileSync(keyFile, "utf8").trim() : "");
    await eventually("/readyz", async () => (await fetch(`${this.address}/readyz`, { tls: this.tls })).ok, 60_000);
  }

  /** Sends a signal and waits for the end; returns the exit status, or null where a signal ended it. */
  async kill(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (!child) return null;
    child.kill(signal);
    await child.exited;
    return child.signalCode === null ? child.exitCode : null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves with the exit status once the program has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#child?.exited;
    return this.#child?.exitCode ?? null;
  }

  async restart(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  /** Ends the program and removes what it left. */
  async close(): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) {
      const children = this.children();
      // The launcher's death by itself would leave the program behind it running.
      if (this.#program[0] === "node") for (const pid of children) process.kill(pid, "SIGKILL");
      await this.kill("SIGKILL");
      // Workers and engines see the death of their parent a moment later, and write to the folder until then.
      await eventually("the children's end", () => children.every((pid) => !isRunning(pid)), 60_000);
    }
    if (this.#ownsFolder) removeTemporaryFolder(this.dataDir);
  }

  admin(path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> {
    const { json, ...rest } = init;
    return fetch(`${this.address}/admin/v1${path}`, {
      ...this.fetchTls,
      ...rest,
      ...(json === undefined ? {} : { method: rest.method ?? "POST", body: JSON.stringify(json) }),
      headers: {
        authorization: `Bearer ${this.adminKey}`,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(rest.headers as Record<string, string> | undefined),
      },
    });
  }

  async adminJson<T>(path: string, init: RequestInit & { json?: unknown } = {}): Promise<T> {
    const response = await this.admin(path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  /**
   * Applies a cloud.yaml, as text or as the object that it stands for. What it does not name is deleted: also the built-in model, which
   * no file manages at first.
   */
  async apply(config: object | string, dryRun = false): Promise<Applied> {
    const json: unknown = typeof config === "string" ? parseYaml(config) : config;
    if (!dryRun) await this.#takeOverNano(json as { models?: { name: string }[] });
    return this.adminJson<Applied>(`/apply?prune=1${dryRun ? "&dry_run=1" : ""}`, { json });
  }

  /** Once a file has named the built-in model, a file that does not deletes it. */
  async #takeOverNano({ models: wanted }: { models?: { name: string }[] }): Promise<void> {
    if (this.#isNanoTakenOver) return;
    this.#isNanoTakenOver = true;
    type Listed = { name: string; managed_by: string | null; file: string };
    const { models } = await this.adminJson<{ models: Listed[] }>("/models");
    const nano = models.find(({ name, managed_by: by }) => name === "nano" && by === "pull");
    const isNamed = Array.isArray(wanted) && wanted.some(({ name }) => name === "nano");
    if (!nano || isNamed) return;
    const response = await this.admin("/apply", { json: { models: [{ name: "nano", local: { file: nano.file } }] } });
    await response.text();
  }

  createKey(fields: Record<string, unknown> = {}): Promise<{ id: string; key: string }> {
    return this.adminJson("/keys", { json: { name: "test", ...fields } });
  }

  /** Whether a key is good for models. Each call comes from another client, see `asAnotherClient`. */
  async takesKey(key: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${key}`, ...asAnotherClient() };
    return (await fetch(`${this.address}/v1/models`, { headers })).status === 200;
  }

  /** All usage records, newest first. */
  async records(): Promise<AdminRecord[]> {
    const all: AdminRecord[] = [];
    for await (const page of this.#recordPages(1_000)) all.push(...page);
    return all;
  }

  /** The record of one request, once it is there. */
  record(id: string | null): Promise<AdminRecord> {
    return eventually(`the record of ${id}`, async () => {
      // New records come first, and a record is mostly asked for soon after its request.
      for await (const page of this.#recordPages(20)) {
        const found = page.find((record) => record.id === id);
        if (found) return found;
      }
      return undefined;
    });
  }

  /** Usage records, newest first; each page is ten times as long as the one before. */
  async *#recordPages(firstSize: number): AsyncGenerator<AdminRecord[]> {
    let cursor = "";
    for (let size = firstSize; ; size = Math.min(size * 10, 1_000)) {
      const page = await this.adminJson<{ requests: AdminRecord[]; next: string | null }>(
        `/requests?limit=${size}${cursor}`,
      );
      yield page.requests;
      if (page.next === null) return;
      cursor = `&cursor=${page.next}`;
    }
  }

  /** A request of a client, with its own key. */
  call(
    path: string,
    body: unknown,
    options: { key?: string; signal?: AbortSignal; headers?: Record<string, string> } = {},
  ) {
    return fetch(this.address + path, {
      ...this.fetchTls,
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${options.key ?? this.adminKey}`,
        ...options.headers,
      },
      body:
        typeof body === "string" || body instanceof Uint8Array
          ? (body as string | Uint8Array<ArrayBuffer>)
          : JSON.stringify(body),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }
}

/** With it Sahab believes `asAnotherClient`. */
export const trustsTests = { SAHAB_TRUSTED_PROXIES: "127.0.0.1" };
let clients = 0;

/**
 * Headers of a request that comes from an address of its own, as Sahab sees it with `trustsTests` in its environment. From one
 * address only a few bad keys are answered at once, and each further one after a second.
 */
export function asAnotherClient(): Record<string, string> {
  clients++;
  return { "x-forwarded-for": `198.18.${(clients >> 8) & 255}.${clients & 255}` };
}

/** Starts Sahab for a test file; `close` ends it. */
export async function runSahab(options: SahabOptions = {}): Promise<TestSahab> {
  const sahab = new TestSahab(options);
  try {
    await sahab.start();
    if (options.config !== undefined) await sahab.apply(options.config);
    return sahab;
  } catch (error) {
    await sahab.close();
    throw error;
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A line that has all of these parts, in a text that grows. */
function findLine(read: () => string, parts: readonly (string | RegExp)[]): Promise<string> {
  const hasAll = (line: string) => parts.every((it) => (typeof it === "string" ? line.includes(it) : it.test(line)));
  // The last piece may be the first part of a line.
  const find = () => read().split("\n").slice(0, -1).find(hasAll);
  return eventually(`a line with ${parts.join(" and ")}`, find);
}

async function collect(stream: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) onText(decoder.decode(chunk, { stream: true }));
}
