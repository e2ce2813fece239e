import { statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { keyStatusOf, type Health } from "../../admin/index.ts";
import type { Clock } from "../../base/clock.ts";
import { describeDatabase } from "../../base/database-address.ts";
import type { Environment } from "../../base/environment.ts";
import type { Finding } from "../../base/finding.ts";
import { findDoubts, readConfig, type KnownModels } from "../../config/index.ts";
import type { FleetStatus } from "../../fleet/index.ts";
import type { Store } from "../../ledger/index.ts";
import { wholeScope } from "../../ledger/index.ts";
import type { FailedReplica } from "../../router/index.ts";
import { dataFolder } from "../data-folder.ts";
import { readCommit, version } from "../version.ts";
import { checkSharedDatabase } from "./check-database.ts";
import { checkAdminKeyFile, checkKeys } from "./check-keys.ts";
import { checkListening } from "./check-listening.ts";
import { checkEngines, checkFolder, checkMachine, checkProxies, checkSandbox } from "./check-machine.ts";
import { checkMemory } from "./check-memory.ts";
import { checkOpenings } from "./check-openings.ts";
import { checkEnvironment, checkFiles, checkNetworkDisk } from "./check-secrecy.ts";

/** What a server has been started with, as far as it is looked at. */
export type HealthSettings = Pick<
  Environment,
  | "dataDir"
  | "host"
  | "port"
  | "tls"
  | "clientTls"
  | "allowedHosts"
  | "keysInEnvironment"
  | "adminKey"
  | "proxies"
  | "database"
>;

export interface HealthDeps {
  store: Store;
  clock: Clock;
  engines(): Promise<FleetStatus>;
  failed(): FailedReplica[];
  /** Providers that are not called, and why. */
  faults(): { name: string; fault: string }[];
  catalog: KnownModels;
  /** Of the journal of this process. */
  journal(): { lag_bytes: number; lag_seconds: number; fault: string | null; kept_records: number };
}

/** What `sahab doctor` says, from within the server, and how the server is. It asks no provider. */
export async function checkHealth(deps: HealthDeps, settings: HealthSettings): Promise<Health> {
  const nowMs = deps.clock.now();
  const startedMs = performance.now();
  const config = await readConfig(deps.store);
  const storeMs = performance.now() - startedMs;
  const [{ engines, memory }, keys, database, onDisk, room] = await Promise.all([
    deps.engines(),
    deps.store.listKeys(wholeScope),
    checkSharedDatabase(settings),
    Promise.all([checkFolder(settings), checkFiles(settings), checkNetworkDisk(settings.dataDir)]),
    readRoom(dataFolder(settings.dataDir).path),
  ]);
  const shownKeys = keys.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role,
    status: keyStatusOf(row, nowMs),
    created_at: new Date(row.createdMs).toISOString(),
    expires_at: row.expiresMs === null ? null : new Date(row.expiresMs).toISOString(),
    last_used_at: row.usedMs === null ? null : new Date(row.usedMs).toISOString(),
  }));
  const journal = deps.journal();
  const checks: Finding[] = [
    checkMachine(),
    ...onDisk.flat(),
    ...checkEnvironment(settings, "the server"),
    ...checkListening(settings, nowMs),
    ...checkAdminKeyFile(settings, nowMs),
    ...checkProxies(settings),
    ...database,
    checkJournal(journal),
    ...checkEngines(engines),
    ...checkMemory(memory),
    ...checkSandbox(engines),
    ...checkKeys(shownKeys, nowMs),
    ...checkOpenings(config),
    ...findDoubts(config, deps.catalog).map((detail): Finding => ({
      check: "configuration",
      status: "warning",
      detail,
    })),
    ...deps
      .faults()
      .map(({ name, fault }): Finding => ({ check: `provider ${name}`, status: "problem", detail: fault })),
    ...checkResting(deps.failed()),
  ];
  return {
    status: worstOf(checks),
    checked_at: new Date(nowMs).toISOString(),
    checks,
    version,
    commit: readCommit() || null,
    runtime: `Bun ${Bun.version}`,
    platform: `${process.platform}-${process.arch}`,
    disk: room,
    memory: { machine_bytes: totalmem(), free_bytes: freemem(), process_bytes: process.memoryUsage.rss() },
    journal,
    store: {
      kind: settings.database ? "postgres" : "sqlite",
      location: settings.database ? describeDatabase(settings.database) : dataFolder(settings.dataDir).database,
      answer_ms: Math.round(storeMs * 10) / 10,
    },
  };
}

/** Records wait for a moment only; more shows that the store does not take them. */
const lagSecondsMax = 60;

function checkJournal({ fault, lag_seconds: seconds, kept_records: kept }: Health["journal"]): Finding {
  const check = "journal";
  if (fault !== null)
    return { check, status: "problem", detail: `records cannot be written, so no requests are taken: ${fault}` };
  if (kept > 0)
    return { check, status: "problem", detail: `${kept} records were not taken by the disk and are held in memory` };
  if (seconds <= lagSecondsMax)
    return {
      check,
      status: "ok",
      detail: "the store has all records, but for the last moment",
      told: { code: "journalTaken", values: {} },
    };
  const detail = `the store has not taken records for ${Math.round(seconds)} s; they are safe in the journal, and the log says why`;
  return {
    check,
    status: "warning",
    detail,
    told: { code: "journalLags", values: { seconds: String(Math.round(seconds)) } },
  };
}

const shownMax = 5;

function checkResting(failed: readonly FailedReplica[]): Finding[] {
  const resting = Map.groupBy(
    failed.filter(({ isResting }) => isResting),
    ({ provider }) => provider,
  );
  return [...resting].map(([provider, replicas]) => {
    const models = [...new Set(replicas.map(({ model }) => model))].slice(0, shownMax).join(", ");
    const codes = [...new Set(replicas.flatMap(({ code }) => code ?? []))].join(", ");
    return {
      check: `provider ${provider}`,
      status: "warning",
      detail: `failed a moment ago (${codes || "no code"}): ${models}; others are asked first, and it is tried again within two minutes`,
      told: { code: "resting", values: { models, codes } },
    };
  });
}

function worstOf(checks: readonly Finding[]): Finding["status"] {
  if (checks.some(({ status }) => status === "problem")) return "problem";
  return checks.some(({ status }) => status === "warning") ? "warning" : "ok";
}

async function readRoom(path: string): Promise<Health["disk"]> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { free_bytes: bavail * bsize, size_bytes: blocks * bsize };
  } catch {
    return null;
  }
}
