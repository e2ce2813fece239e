import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { runChild } from "../run-child.ts";
import { cleanEnvironment, type CommandResult } from "../run-command.ts";

interface MachineOptions {
  /** A checkout. */
  tree: string;
  /** The home of whoever runs it. */
  home: string;
  port: number;
  env?: Record<string, string>;
}

/** Sahab as a person runs it: `npm start` in a checkout, and commands from another terminal. */
export class Machine {
  tree: string;
  readonly #options: MachineOptions;
  #child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;
  #printed = "";
  #errors = "";

  constructor(options: MachineOptions) {
    this.tree = options.tree;
    this.#options = options;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  get dataFolder(): string {
    return this.#options.env?.["SAHAB_DATA"] ?? join(this.#options.home, ".sahab");
  }

  /** What it has printed since the last start. */
  get printed(): string {
    return this.#printed;
  }

  /** What it has logged, all starts together. */
  get log(): string {
    return this.#errors;
  }

  get #env(): Record<string, string> {
    const { home, port, env } = this.#options;
    return cleanEnvironment({ HOME: home, SAHAB_PORT: String(port), npm_config_update_notifier: "false", ...env });
  }

  /** `npm start`, as the leader of a session of its own. */
  async start(): Promise<void> {
    this.#printed = "";
    const child = Bun.spawn(["setsid", "npm", "start"], {
      cwd: this.tree,
      env: this.#env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#child = child;
    void collect(child.stdout, (text) => (this.#printed += text));
    void collect(child.stderr, (text) => (this.#errors += text));
    await eventually(
      "/readyz",
      async () => {
        if (child.exitCode !== null) throw new Error(`npm start ended (${child.exitCode}): ${this.#errors}`);
        return fetch(`${this.address}/readyz`).then(
          (response) => response.ok,
          () => false,
        );
      },
      30_000,
    );
  }

  /** A command of another terminal. */
  async sahab(args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
    return this.#run(["node", join(this.tree, "bin", "sahab.mjs"), ...args], env);
  }

  /** A line that was pasted into a shell. */
  paste(line: string): Promise<CommandResult> {
    return this.#run(["bash", "-c", line], {});
  }

  async #run(command: string[], env: Record<string, string>): Promise<CommandResult> {
    return runChild(command, {
      cwd: this.#options.home,
      env: { ...this.#env, ...env },
    });
  }

  /** Every process that began with `npm start`. */
  processes(): number[] {
    const session = this.#child?.pid;
    return readdirSync("/proc").flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        // The name of a program may have spaces; the session is the fourth number after it.
        const [state, , , of] = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
        return Number(of) === session && state !== "Z" ? [Number(name)] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
  }

  /** What systemd and Ctrl-C do: a signal to every process of the group. */
  signalGroup(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) process.kill(-pid, signal);
  }

  async ended(): Promise<void> {
    await this.#child?.exited;
    await eventually("the end of all its processes", () => this.processes().length === 0, 15_000);
  }

  /** Ends whatever is left of it. */
  close(): void {
    for (const pid of this.processes()) process.kill(pid, "SIGKILL");
  }
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
