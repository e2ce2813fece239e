import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "./agent.ts";

/** A program that runs, or why there is none. */
export type Installed = { program: string; version: string } | { problem: string };

const installMs = 600_000;

/**
 * Installs an agent once for each version, by npm or pip as they are set up. Scripts of packages are not run, since most of them
 * download programs; wheels only, for the same reason.
 */
export async function install(agent: Agent, version: string, scratch: string): Promise<Installed> {
  const folder = join(scratch, "installed", `${agent.name}-${version}`);
  const bin = join(folder, agent.from === "npm" ? "node_modules/.bin" : "bin");
  const program = join(bin, agent.program);
  const marker = join(folder, "installed");
  if (!existsSync(marker)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const problem = await (agent.from === "npm" ? byNpm : byPip)(agent, version, folder);
    if (problem !== undefined) return { problem };
    if (!existsSync(program)) return { problem: `the package has no program ${agent.program}` };
    await Bun.write(marker, "");
  }
  return { program, version };
}

/** The version that the registry calls the latest. */
export async function latestVersion({ from, package: name }: Agent): Promise<string> {
  const command =
    from === "npm" ? ["npm", "view", name, "version"] : ["python3", "-m", "pip", "index", "versions", name];
  const { status, output } = await run(command, 60_000);
  const version = from === "npm" ? output.trim() : /\(([^)]+)\)/.exec(output)?.[1];
  if (status !== 0 || !version) throw new Error(`No latest version of ${name}: ${output.slice(-300)}`);
  return version;
}

async function byNpm(agent: Agent, version: string, folder: string): Promise<string | undefined> {
  const options = "--no-save --ignore-scripts --no-audit --no-fund --loglevel=error".split(" ");
  const packages = [`${agent.package}@${version}`, ...(agent.besides ?? [])];
  const { status, output } = await run(["npm", "install", "--prefix", folder, ...options, ...packages], installMs);
  if (status !== 0) return `npm: ${output.slice(-500)}`;
  if (agent.finish === undefined) return undefined;
  const script = join(folder, "node_modules", agent.package, agent.finish);
  const finished = await run(["node", script], 60_000);
  return finished.status === 0 ? undefined : `${agent.finish}: ${finished.output.slice(-500)}`;
}

async function byPip(agent: Agent, version: string, folder: string): Promise<string | undefined> {
  const venv = await run(["python3", "-m", "venv", folder], 120_000);
  if (venv.status !== 0) return `python3 -m venv: ${venv.output.slice(-500)}`;
  const pip = [join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const packages = [`${agent.package}==${version}`, ...(agent.besides ?? [])];
  const { status, output } = await run([...pip, "--only-binary", ":all:", ...packages], installMs);
  return status === 0 ? undefined : `pip: ${output.slice(-500)}`;
}

/** Runs an installer to its end, with both of its outputs as one. */
async function run(command: string[], limitMs: number): Promise<{ status: number; output: string }> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearTimeout(timer);
  return { status, output: stdout + stderr };
}
