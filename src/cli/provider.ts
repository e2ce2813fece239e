import type { Command } from "commander";
import { asCalled } from "../base/called-as.ts";
import { describeNoSuch } from "../base/no-such.ts";
import type { Client } from "./client.ts";
import { CommandError } from "./command-error.ts";
import { formatTable, print, printJson } from "./print.ts";
import { showDuration } from "./show-time.ts";
import {
  describeReach,
  describeTroubles,
  nameOf,
  testProviders,
  type KeyReport,
  type ListedProvider,
  type ProviderReport,
  type Step,
} from "./test-providers.ts";

export function addProvider(program: Command, client: () => Client): void {
  const provider = program.command("provider").description("the vendors' accounts that requests go to");
  provider
    .command("list")
    .description("list the providers, those of the server's environment included")
    .option("--json", "print them as JSON")
    .action(async (options: { json?: boolean }) => {
      const providers = await listProviders(client());
      if (options.json) printJson(providers);
      else if (providers.length === 0) print(asCalled(noProviders));
      else print(formatProviders(providers));
    });
  provider
    .command("test")
    .description("try providers out from the server, each key of theirs; status 1 if one failed")
    .argument("[names...]", "which ones (all)")
    .option("-m, --model <model>", "the model that is asked for one token, by its name here or at the vendor")
    .option("--no-token", "ask no model, so that it costs nothing")
    .option("--json", "print what was found as JSON")
    .addHelpText(
      "after",
      `
Tried are, in this order: the address (name, connection, proxy, certificate), the key, the list of models, and one token from a
model: the one that is named, else the first of the configuration that writes text, else the cheapest of the catalogue. What that
costs has a usage record of its own, with operation and key "provider-test".`,
    )
    .action(async (names: string[], options: { model?: string; token: boolean; json?: boolean }) => {
      const server = client();
      const known = (await listProviders(server)).map(({ name }) => name);
      const unknown = names.find((name) => !known.includes(name));
      if (unknown !== undefined) throw new CommandError(describeNoSuch("provider", unknown, known));
      const wanted = names.length === 0 ? known : [...new Set(names)];
      const reports = await testProviders(server, wanted, { model: options.model, token: options.token });
      if (options.json) printJson(reports);
      else if (reports.length === 0) print(asCalled(noProviders));
      else {
        print(formatReports(reports));
        const troubles = reports.flatMap((report) => describeTroubles(report, options));
        if (troubles.length > 0) print(`\n${troubles.join("\n")}`);
      }
      if (reports.some(({ status }) => status === "failed")) process.exitCode = 1;
    });
}

const noProviders =
  "No providers. Declare one in cloud.yaml (sahab apply -f cloud.yaml), or start the server with a vendor's key, such as OPENAI_API_KEY";

async function listProviders(client: Client): Promise<ListedProvider[]> {
  const { providers } = await client.json<{ providers: ListedProvider[] }>("/admin/v1/providers");
  return providers;
}

function formatProviders(providers: readonly ListedProvider[]): string {
  const rows = providers.map(({ name, vendor, managed_by, address, region, apis, keys, models, offered, fault }) => [
    name,
    vendor,
    managed_by ?? "configuration",
    `${fault ?? address ?? ""}${region === null ? "" : ` (${region})`}`,
    apis.join(", "),
    keys,
    models,
    offered,
  ]);
  return formatTable(["NAME", "VENDOR", "FROM", "ADDRESS", "FORMATS", "KEYS", "MODELS", "OFFERED"], rows);
}

function formatReports(reports: readonly ProviderReport[]): string {
  const rows = reports.flatMap(({ name, keys, error }) =>
    error === undefined
      ? keys.map((key) => [
          nameOf(name, key.key),
          key.status,
          describeReach(key),
          describeStep(key, "key", { ok: (detail) => detail, failed: "refused" }),
          describeStep(key, "models", { ok: () => describeModels(key), failed: "failed" }),
          describeStep(key, "token", { ok: () => describeToken(key), failed: "failed" }),
        ])
      : [[name, "failed", "-", "-", "-", "-"]],
  );
  return formatTable(["PROVIDER", "STATUS", "REACHED", "KEY", "MODELS", "ONE TOKEN"], rows);
}

function describeStep(
  { steps }: KeyReport,
  name: Step["step"],
  words: { ok: (detail: string) => string; failed: string },
): string {
  const step = steps.find((one) => one.step === name);
  // A warning in the place of a token is of no answer: it says why no model was asked.
  if (!step || step.status === "skipped" || (name === "token" && step.status === "warning")) return "-";
  return step.status === "failed" ? words.failed : words.ok(step.detail);
}

function describeModels({ models }: KeyReport): string {
  if (!models) return "not listed";
  return `${models.listed}${models.missing.length > 0 ? `, ${models.missing.length} missing` : ""}`;
}

function describeToken({ token }: KeyReport): string {
  return token ? `${token.model}, ${showDuration(token.latency_ms)}, ${token.cost} ${token.currency}` : "answered";
}
