import { constants, existsSync } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { authorityOf } from "../../base/proxy-address.ts";
import type { Environment } from "../../base/environment.ts";
import type { Finding } from "../../base/finding.ts";
import { showByteSize } from "../../base/parse-byte-size.ts";
import type { FleetStatus } from "../../fleet/index.ts";
import { dataFolder, startBytesMin } from "../data-folder.ts";
import { findPlanted } from "../find-planted.ts";
import { version } from "../version.ts";

/** With less than this free, a model or a day's journal may not fit. */
const freeBytesMin = 2 * 1024 ** 3;

export function checkMachine(): Finding {
  const cores = cpus().length;
  const memory = showByteSize(totalmem());
  const [runtime, platform] = [`Bun ${Bun.version}`, `${process.platform}-${process.arch}`];
  return {
    check: "machine",
    status: "ok",
    detail: `Sahab ${version} on ${runtime}, ${platform}, ${cores} cores, ${memory} of memory`,
    told: { code: "machine", values: { version, runtime, platform, cores: String(cores), memory } },
  };
}

export async function checkFolder(settings: Pick<Environment, "dataDir">): Promise<Finding[]> {
  const folder = dataFolder(settings.dataDir);
  if (!existsSync(folder.path))
    return [
      { check: "data folder", status: "ok", detail: `${folder.path} does not exist yet; the first start creates it` },
    ];
  const findings: Finding[] = [];
  try {
    await access(folder.path, constants.R_OK | constants.W_OK | constants.X_OK);
    const { mode } = await stat(folder.path);
    const open = (mode & 0o077) !== 0;
    findings.push({
      check: "data folder",
      status: open ? "warning" : "ok",
      detail: open
        ? `${folder.path} can be read by other users (mode ${(mode & 0o777).toString(8)}); sahab up corrects that`
        : folder.path,
    });
    for (const detail of findPlanted(folder)) findings.push({ check: "data folder", status: "problem", detail });
  } catch (cause) {
    const isReadOnly = (cause as { code?: string }).code === "EROFS";
    findings.push({
      check: "data folder",
      status: "problem",
      detail: isReadOnly
        ? `the disk of ${folder.path} is read-only; mount it writable, or name another folder with SAHAB_DATA`
        : `${folder.path} cannot be written by this user; change its owner, or name another with SAHAB_DATA`,
    });
  }
  findings.push(await checkDisk(folder.path));
  return findings;
}

async function checkDisk(path: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(path);
  const freeBytes = bavail * bsize;
  const size = showByteSize(freeBytes);
  const detail = `${size} free`;
  if (freeBytes < startBytesMin)
    return {
      check: "disk",
      status: "problem",
      detail: `${detail}: too little to record requests, so none are taken`,
      told: { code: "diskFull", values: { size } },
    };
  const told = { code: "diskFree", values: { size } };
  return { check: "disk", status: freeBytes < freeBytesMin ? "warning" : "ok", detail, told };
}

/** The way out that the environment names. The server has it from its own start, so a different one there is not seen here. */
export function checkProxies({ proxies }: Pick<Environment, "proxies">): Finding[] {
  const except = proxies.none === "" ? "" : `, except to ${proxies.none}`;
  return (["https", "http"] as const).flatMap((scheme): Finding[] => {
    const proxy = proxies[scheme];
    const fault = proxies.wrong?.[scheme];
    if (fault !== undefined)
      return [{ check: "proxy", status: "problem", detail: `${fault}; sahab up does not start with it` }];
    if (!proxy) return [];
    return [{ check: "proxy", status: "ok", detail: `${scheme} calls go through ${authorityOf(proxy)}${except}` }];
  });
}

/** What an engine could reach if a model's file took it over. */
export function checkSandbox(engines: readonly { name: string; sandbox: string | null }[]): Finding[] {
  const states = [...new Set(engines.flatMap(({ sandbox }) => sandbox ?? []))];
  return states.map((state) => {
    const names = engines.filter(({ sandbox }) => sandbox === state).map(({ name }) => name);
    const detail =
      state === "full"
        ? `full: engines reach their model's file and nothing else (${names.join(", ")})`
        : `${state}. A malicious model file could take over ${names.join(", ")}, which ${state.startsWith("none") ? "may do what Sahab may" : "may then do more than answer"}; take models from those you trust`;
    const found = { check: "engine sandbox", status: state === "full" ? "ok" : "warning", detail } as const;
    return state === "full" ? { ...found, told: { code: "sandboxed", values: { names: names.join(", ") } } } : found;
  });
}

/** The engines of local models, one finding each. */
export function checkEngines(
  engines: readonly Pick<FleetStatus["engines"][number], "name" | "state" | "lastError" | "memory">[],
): Finding[] {
  return engines.map((engine) => {
    const failed = engine.state === "failed";
    const state = engine.memory?.state ?? engine.state;
    return {
      check: `model ${engine.name}`,
      status: failed ? "problem" : "ok",
      detail: failed ? `failed: ${engine.lastError ?? "no reason given"}` : state,
      ...(!failed && { told: { code: `engine-${state}`, values: {} } }),
    };
  });
}
