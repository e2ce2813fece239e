import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCaFiles, readCloudYaml, resolveVariables } from "../config/index.ts";
import { vendorNames } from "../vendor/index.ts";
import type { DocumentBlock } from "./document-blocks.ts";
import { chat, startFakeVendor, type FakeVendor } from "./fake-vendor.ts";
import { findFreePort } from "./free-port.ts";
import { runChild } from "./run-child.ts";
import { cleanEnvironment, sahabProgram } from "./run-command.ts";
import { TestSahab } from "./run-sahab.ts";
import { makeCertificate } from "./self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

/** What a document may count on: a local model, and a vendor's that answers. */
const startConfig = (url: string) => ({
  providers: [{ name: "gpu-box", vendor: "compatible", base_url: url, api_key: "vendor-key" }],
  models: [
    { name: "nano", local: { file: "nano.gguf" } },
    {
      name: "chat",
      context: 131_072,
      output: 8_192,
      targets: [{ provider: "gpu-box", model: "m" }],
      price: { currency: "USD", input: 1, output: 4 },
    },
  ],
  projects: [{ name: "default" }, { name: "search-team" }],
});

/** The same without what a document that applies its own cloud.yaml would have to delete. */
const bareConfig = { models: [{ name: "nano", local: { file: "nano.gguf" } }], projects: startConfig("").projects };

/** Variables that documents use for secrets, so that a shell has them. */
const variables = {
  DEEPSEEK_API_KEY: "deepseek-key-of-the-test",
  HOOK_SECRET: "a-secret-of-the-webhook",
  SAHAB_BACKUP_PASSPHRASE: "a passphrase of the test",
};

/** A server, a home and a shell for the blocks of one document, in the order of the document. */
export class DocumentRun {
  readonly home = makeTemporaryFolder();
  readonly #sahab: TestSahab;
  readonly #vendor: FakeVendor;
  readonly #port: number;
  #work = "";
  #documents = 0;

  private constructor(port: number, vendor: FakeVendor) {
    this.#port = port;
    this.#vendor = vendor;
    this.#sahab = new TestSahab({
      dataDir: join(this.home, ".sahab"),
      env: {
        SAHAB_SECRET_ENV: "OPENAI_API_KEY",
        OPENAI_API_KEY: "openai-key-of-the-test",
        SAHAB_PORT: String(port),
        HOME: this.home,
        DEEPSEEK_API_KEY: variables.DEEPSEEK_API_KEY,
        SAHAB_LOG: "error",
      },
    });
  }

  /** `isBare`: without a vendor's model. */
  static async start({ isBare = false } = {}): Promise<DocumentRun> {
    const run = new DocumentRun(await findFreePort(), startFakeVendor({ m: chat(["Hello"]) }));
    await run.#sahab.start();
    await run.#sahab.apply(isBare ? bareConfig : startConfig(run.#vendor.url));
    const bin = join(run.home, "bin");
    mkdirSync(bin);
    const models = join(run.home, ".sahab", "models");
    for (const name of ["some-model", "coder", "helper", "rarely", "big"])
      copyFileSync(join(models, "nano.gguf"), join(models, `${name}.gguf`));
    writeProgram(join(bin, "sahab"), runningSahab);
    writeProgram(
      join(bin, "npm"),
      `[ "$1 $2 $3" = "run -s sahab" ] && set -- run sahab "\${@:4}"
[ "$1 $2 $3" = "run sahab --" ] || { echo "npm $* is not run in this test" >&2; exit 1; }
shift 3; exec sahab "$@"`,
    );
    writeProgram(join(bin, "npx"), `[ "$1" = sahab ] || exit 1; shift; exec sahab "$@"`);
    // An answer with an error must fail, as a command does.
    const curl = ["/usr/bin/curl", "/bin/curl"].find((path) => existsSync(path)) ?? "curl";
    writeProgram(join(bin, "curl"), `exec ${curl} --fail-with-body --max-time 20 "$@"`);
    return run;
  }

  /** Runs the blocks of a document in a folder of their own; a line for each that does not do what it should, with the line of the document. */
  async run(blocks: readonly DocumentBlock[]): Promise<string[]> {
    const problems: string[] = [];
    this.#work = join(this.home, `work-${++this.#documents}`);
    mkdirSync(this.#work);
    cpSync(join(import.meta.dir, "..", "..", "examples"), join(this.#work, "examples"), { recursive: true });
    await makeCertificate(this.#work, "company-ca");
    copyFileSync(join(this.home, ".sahab", "models", "nano.gguf"), join(this.#work, "some-model.gguf"));
    const state = join(this.#work, ".state.sh");
    writeFileSync(state, "");
    for (const block of blocks) {
      if (block.notRun !== undefined) continue;
      const problem = block.language === "yaml" ? await this.#apply(block) : await this.#runShell(block, state);
      if (problem !== undefined) problems.push(`line ${block.line}: ${problem}`);
    }
    return problems;
  }

  async close(): Promise<void> {
    await this.#sahab.close();
    await this.#vendor.stop();
    removeTemporaryFolder(this.home);
  }

  get #environment(): Record<string, string> {
    return {
      ...variables,
      HOME: this.home,
      SAHAB_PORT: String(this.#port),
      PATH: `${join(this.home, "bin")}:${process.env["PATH"]}`,
    };
  }

  /** Variables that a block exports are there for those after it. */
  async #runShell(block: DocumentBlock, state: string): Promise<string | undefined> {
    const text = block.text.replaceAll("127.0.0.1:8787", `127.0.0.1:${this.#port}`);
    const script = `set -eu -o pipefail; . '${state}'\n${text}\ndeclare -px | grep -v ' \\(PWD\\|OLDPWD\\|SHLVL\\|_\\)=' > '${state}'; pwd > '${state}.pwd'\n`;
    const folder = existsSync(`${state}.pwd`) ? readFileSync(`${state}.pwd`, "utf8").trim() : this.#work;
    const { status, stdout, stderr } = await runChild(["bash", "-c", script], {
      cwd: folder,
      env: cleanEnvironment(this.#environment),
    });
    return judge(block, status, stdout + stderr);
  }

  /** As `sahab apply --dry-run` does it, without the time that a process takes to start. */
  async #apply(block: DocumentBlock): Promise<string | undefined> {
    const work = this.#work;
    // A plan is no configuration; the document's commands read it.
    if (/^# plan\.yaml$/m.test(block.text)) {
      writeFileSync(join(work, "plan.yaml"), block.text);
      return undefined;
    }
    // The file that the document's commands apply.
    if (/^# cloud\.yaml$/m.test(block.text)) writeFileSync(join(work, "cloud.yaml"), block.text);
    try {
      const document = complete(readCloudYaml(block.text) as Fields, this.#vendor.url);
      const known = { ...namedVariables(block.text), ...variables };
      await this.#sahab.apply((await readCaFiles(resolveVariables(document, known), work)) as object, true);
      return judge(block, 0, "");
    } catch (error) {
      return judge(block, 1, (error as Error).message);
    }
  }
}

/** Where a document has ID, the key that was made last is meant. A question of the command is answered with yes, as a person would. */
const runningSahab = `args=()
for arg in "$@"; do [ "$arg" = ID ] && arg=$(cat "$HOME/last-key"); args+=("$arg"); done
run() { SAHAB_LAUNCHED_IN="$PWD" '${process.execPath}' '${sahabProgram}' "\${args[@]}" "$@" 2>"$HOME/said.$$"; }
status=0
run || status=$?
if [ $status = 1 ] && grep -q 'add --yes' "$HOME/said.$$"; then status=0; run --yes || status=$?; fi
cat "$HOME/said.$$" >&2
[ "$1 \${2:-}" = "key create" ] && grep -om1 'key_[a-z0-9]*' "$HOME/said.$$" >"$HOME/last-key"
exit $status`;

function judge({ fails, text }: DocumentBlock, status: number | null, output: string): string | undefined {
  const told = `${text.trim().split("\n")[0]} …: status ${status}: ${output.trim().slice(-1_500)}`;
  if (fails === undefined) return status === 0 ? undefined : told;
  return status !== 0 && output.includes(fails) ? undefined : `must fail with "${fails}", ${told}`;
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, `#!/bin/bash\n${text}\n`);
  chmodSync(path, 0o755);
}

/** A value for each variable that a configuration refers to. */
function namedVariables(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => [name, `value-of-${name}`]));
}

type Fields = Record<string, unknown>;

/** A whole cloud.yaml out of what a document shows of one: prices and local models get a model, names get what they lead to. */
function complete(part: Fields, url: string): Fields {
  const base = startConfig(url);
  if ("price" in part || "charge" in part)
    return {
      ...base,
      models: [...base.models, { name: "shown", targets: [{ provider: "gpu-box", model: "m" }], ...part }],
    };
  if ("local" in part) {
    // Adapters are files of their own, which are checked when they are there.
    const { lora: _lora, ...local } = part["local"] as Fields;
    return { ...base, models: [{ name: "shown", local }] };
  }
  const providers = listOf(part["providers"]).map((provider): Fields => ({
    ...("vendor" in provider ? {} : { vendor: vendorNames.find((name) => name === provider["name"]) ?? "compatible" }),
    ...provider,
  }));
  const models = listOf(part["models"]);
  const known = new Set([...providers, ...models].map(({ name }) => name));
  return {
    ...part,
    providers: [...providers, ...base.providers.filter(({ name }) => !known.has(name))],
    models: [...models, ...base.models.filter(({ name }) => !known.has(name))],
    projects: part["projects"] ?? base.projects,
  };
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}
