import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment } from "../run-command.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../temporary-folder.ts";

/** A virtual environment with the packages of requirements.txt. */
export interface PythonScripts {
  /** What a script of this folder printed. Throws where it failed, or took too long. */
  run(name: string, input: unknown): Promise<string>;
  /** The same of a program's text. */
  runText(program: string, env: Record<string, string>): Promise<string>;
  close(): void;
}

/** Python 3.11 or later, with pip and venv. */
export const hasPython: boolean = isThere();

const requirements = join(import.meta.dir, "requirements.txt");
const installMs = 150_000;
const runMs = 100_000;

/** Throws where the packages can't be installed. */
export async function installPython(): Promise<PythonScripts> {
  const folder = makeTemporaryFolder();
  const python = join(folder, "bin", "python");
  const close = () => removeTemporaryFolder(folder);
  // Wheels only, since others run programs of their own to be installed; and what is listed, nothing else.
  const install = `-m pip --python ${python} --disable-pip-version-check --no-input --retries 1 --timeout 20 install --quiet
    --only-binary :all: --no-deps --no-compile -r ${requirements}`;
  try {
    // pip goes to its index as it is set up to.
    await output(["python3", "-m", "venv", "--without-pip", folder], { env: process.env, limitMs: runMs });
    await output(["python3", ...install.split(/\s+/)], { env: process.env, limitMs: installMs });
  } catch (error) {
    close();
    throw new Error(`The Python SDKs can't be installed; is PyPI reachable? ${String(error)}`, { cause: error });
  }
  return {
    run: (name, input) =>
      output([python, join(import.meta.dir, name)], {
        env: cleanEnvironment({ HOME: folder, PYTHONDONTWRITEBYTECODE: "1" }),
        stdin: new Blob([JSON.stringify(input)]),
        limitMs: runMs,
      }),
    runText: (program, env) =>
      output([python, "-"], {
        env: cleanEnvironment({ HOME: folder, PYTHONDONTWRITEBYTECODE: "1", ...env }),
        stdin: new Blob([program]),
        limitMs: runMs,
      }),
    close,
  };
}

/** The names of a script's checks, each with the name of its parameter or an empty text. */
export function checksOf(name: string): [check: string, parameter: string][] {
  const text = readFileSync(join(import.meta.dir, name), "utf8");
  return [...text.matchAll(/^def (check_\w+)\((\w*)\)/gm)].map(([, check = "", parameter = ""]) => [check, parameter]);
}

function isThere(): boolean {
  const check = "import sys, pip, venv; sys.exit(sys.version_info < (3, 11))";
  try {
    return Bun.spawnSync(["python3", "-c", check], { stdout: "ignore", stderr: "ignore", timeout: 20_000 }).success;
  } catch {
    return false;
  }
}

async function output(
  command: string[],
  { limitMs, ...options }: { env: Record<string, string | undefined>; stdin?: Blob; limitMs: number },
): Promise<string> {
  const child = Bun.spawn(command, { stdin: "ignore", ...options, stdout: "pipe", stderr: "pipe" });
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearTimeout(timer);
  if (status === 0) return stdout;
  const how = child.signalCode === null ? `ended with ${status}` : `did not end in ${limitMs / 1_000} s`;
  throw new Error(`${command.slice(0, 3).join(" ")} … ${how}: ${stderr.slice(-2_000)}${stdout.slice(-500)}`);
}
