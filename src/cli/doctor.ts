import type { Command } from "commander";
import { asCalled } from "../base/called-as.ts";
import type { Environment } from "../base/environment.ts";
import type { Finding } from "../base/finding.ts";
import type { CloudConfig } from "../config/index.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { checkSharedDatabase } from "../server/health/check-database.ts";
import { checkAdminKeyFile, checkKeys } from "../server/health/check-keys.ts";
import { checkListening } from "../server/health/check-listening.ts";
import { checkEngines, checkFolder, checkMachine, checkProxies, checkSandbox } from "../server/health/check-machine.ts";
import { checkMemory } from "../server/health/check-memory.ts";
import { checkEnvironment, checkFiles, checkNetworkDisk } from "../server/health/check-secrecy.ts";
import { checkMetrics } from "./check-metrics.ts";
import { checkProviders } from "./check-providers.ts";
import { openClient, type Client } from "./client.ts";
import { print, printJson } from "./print.ts";
import type { Key } from "./shown-key.ts";

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
        ...(await checkFolder(settings)),
        ...(await checkFiles(settings)),
        ...(await checkNetworkDisk(settings.dataDir)),
        ...checkEnvironment(settings),
        ...checkListening(settings, Date.now()),
        ...checkAdminKeyFile(settings, Date.now()),
        ...checkProxies(settings),
        ...(await checkSharedDatabase(settings)),
        ...(await checkServer(settings, options.alerts === true)),
      ];
      if (options.json) printJson(findings);
      else for (const { check, status, detail } of findings) print(`${signs[status]} ${check}: ${asCalled(detail)}`);
      if (findings.some((finding) => finding.status === "problem")) process.exitCode = 1;
    });
}

const signs = { ok: "ok      ", warning: "warning ", problem: "PROBLEM " } as const;

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
      { check: "server", status: "warning", detail: `nothing answers at ${client.address}; start it with: sahab up` },
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
    findings.push(...checkEngines(engines));
    findings.push(...checkMemory(memory), ...checkSandbox(engines));
    const { keys } = await client.json<{ keys: Key[] }>("/admin/v1/keys");
    findings.push(...checkKeys(keys, Date.now()));
    const config = await client.json<CloudConfig>("/admin/v1/config");
    const { checkOpenings } = await import("../server/health/check-openings.ts");
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
