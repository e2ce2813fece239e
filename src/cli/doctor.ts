import type { Command } from "commander";
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { Environment } from "../base/environment.ts";
import { authorityOf } from "../base/proxy-address.ts";
import type { CloudConfig } from "../config/index.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { dataFolder, startBytesMin } from "../server/data-folder.ts";
import { findPlanted } from "../server/find-planted.ts";
import { version } from "../server/version.ts";
import { checkSharedDatabase } from "./check-database.ts";
import { checkListening, checkMetrics } from "./check-listening.ts";
import { checkEnvironment, checkFiles, checkNetworkDisk } from "./check-secrecy.ts";
import { checkAdminKeyFile, checkKeys } from "./check-keys.ts";
import { checkMemory } from "./check-memory.ts";
import { openClient, type Client } from "./client.ts";
import type { Key } from "./shown-key.ts";
import { checkProviders } from "./check-providers.ts";
import { formatBytes, print, printJson } from "./print.ts";

interface Finding {
  check: string;
  status: "ok" | "warning" | "problem";
  detail: string;
}

/** With less than this free, a model or a day's journal may not fit. */
const freeBytesMin = 2 * 1024 ** 3;

export function addDoctor(program: Command, environment: () => Environment): void {
  program
    .command("doctor")
    .description("check this machine and the server for problems; status 1 if there is one")
    .option("--alerts", "send a test to each webhook of alerts, too")
    .option("--json", "print the findings as JSON")
    .action(async (options: { alerts?: boolean; json?: boolean }) => {
      const settings = environment();
      const findings = [
        checkMachine(),
        ...checkFolder(settings),
        ...checkFiles(settings),
        ...checkNetworkDisk(settings.dataDir),
        ...checkEnvironment(settings),
        ...checkListening(settings, Date.now()),
        ...checkAdminKeyFile(settings, Date.now()),
        ...checkProxies(settings),
        ...(await checkSharedDatabase(settings)),
        ...(await checkServer(settings, options.alerts === true)),
      ];
      if (options.json) printJson(findings);
      else for (const { check, status, detail } of findings) print(`${signs[status]} ${check}: ${detail}`);
      if (findings.some((finding) => finding.status === "problem")) process.exitCode = 1;
    });
}

const signs = { ok: "ok      ", warning: "warning ", problem: "PROBLEM " } as const;

function checkMachine(): Finding {
  const cores = cpus().length;
  return {
    check: "machine",
    status: "ok",
    detail: `Sahab ${version} on Bun ${Bun.version}, ${process.platform}-${process.arch}, ${cores} cores, ${formatBytes(totalmem())} of memory`,
  };
}

function checkFolder(settings: Environment): Finding[] {
  const folder = dataFolder(settings.dataDir);
  if (!existsSync(folder.path))
    return [
      { check: "data folder", status: "ok", detail: `${folder.path} does not exist yet; the first start creates it` },
    ];
  const findings: Finding[] = [];
  try {
    accessSync(folder.path, constants.R_OK | constants.W_OK | constants.X_OK);
    const { mode } = statSync(folder.path);
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
  findings.push(checkDisk(folder.path));
  return findings;
}

function checkDisk(path: string): Finding {
  const { bavail, bsize } = statfsSync(path);
  const freeBytes = bavail * bsize;
  const detail = `${formatBytes(freeBytes)} free`;
  if (freeBytes < startBytesMin)
    return { check: "disk", status: "problem", detail: `${detail}: too little to record requests, so none are taken` };
  return { check: "disk", status: freeBytes < freeBytesMin ? "warning" : "ok", detail };
}

/** The way out that the environment names. The server has it from its own start, so a different one there is not seen here. */
function checkProxies({ proxies }: Environment): Finding[] {
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
function checkSandbox(engines: readonly { name: string; sandbox: string | null }[]): Finding[] {
  const states = [...new Set(engines.flatMap(({ sandbox }) => sandbox ?? []))];
  return states.map((state) => {
    const names = engines.filter(({ sandbox }) => sandbox === state).map(({ name }) => name);
    const detail =
      state === "full"
        ? `full: engines reach their model's file and nothing else (${names.join(", ")})`
        : `${state}. A malicious model file could take over ${names.join(", ")}, which ${state.startsWith("none") ? "may do what Sahab may" : "may then do more than answer"}; take models from those you trust`;
    return { check: "engine sandbox", status: state === "full" ? "ok" : "warning", detail };
  });
}

/** Whether webhooks take what is sent to them. */
async function checkAlerts(client: Client): Promise<Finding[]> {
  const { webhooks } = await client.json<{ webhooks: { host: string; status: string; detail: string | null }[] }>(
    "/admin/v1/alerts/test",
    { method: "POST" },
  );
  if (webhooks.length === 0)
    return [{ check: "alerts", status: "warning", detail: "no webhook is configured; alerts are in the log alone" }];
  return webhooks.map(({ host, status, detail }) => ({
    check: `alerts to ${host}`,
    status: status === "ok" ? "ok" : "problem",
    detail: status === "ok" ? "it took a test" : `it did not take a test: ${detail ?? "no reason given"}`,
  }));
}

async function checkServer(settings: Environment, testsAlerts: boolean): Promise<Finding[]> {
  const client = openClient(settings);
  let ready: Response;
  try {
    ready = await client.request("/readyz", { isOpen: true, signal: AbortSignal.timeout(3_000) });
  } catch {
    return [
      { check: "server", status: "warning", detail: `nothing answers at ${client.address}; start it with: npm start` },
    ];
  }
  const findings: Finding[] = [
    ...(await checkMetrics(settings, client)),
    {
      check: "server",
      status: ready.ok ? "ok" : "problem",
      detail: ready.ok
        ? `ready at ${client.address}`
        : `answers at ${client.address}, but is not ready: ${(await ready.text()).trim()}`,
    },
  ];
  try {
    const { engines, memory } = await client.json<FleetStatus>("/admin/v1/ps");
    for (const engine of engines) {
      const failed = engine.state === "failed";
      findings.push({
        check: `model ${engine.name}`,
        status: failed ? "problem" : "ok",
        detail: failed ? `failed: ${engine.lastError ?? "no reason given"}` : (engine.memory?.state ?? engine.state),
      });
    }
    findings.push(...checkMemory(memory), ...checkSandbox(engines));
    const { keys } = await client.json<{ keys: Key[] }>("/admin/v1/keys");
    findings.push(...checkKeys(keys, Date.now()));
    const config = await client.json<CloudConfig>("/admin/v1/config");
    const { checkOpenings } = await import("./check-openings.ts");
    findings.push(...checkOpenings(config));
    const { doubts } = await client.json<{ doubts: string[] }>("/admin/v1/config/doubts");
    for (const detail of doubts) findings.push({ check: "configuration", status: "warning", detail });
    findings.push(...(await checkProviders(client)));
    if (testsAlerts) findings.push(...(await checkAlerts(client)));
  } catch (error) {
    findings.push({
      check: "admin key",
      status: "problem",
      detail: error instanceof Error ? error.message : String(error),
    });
  }
  return findings;
}
