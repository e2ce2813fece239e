import type { Client } from "./client.ts";
import { describeReach, nameOf, testProviders, type ListedProvider, type ProviderReport } from "./test-providers.ts";

interface ProviderFinding {
  check: string;
  status: "ok" | "warning" | "problem";
  detail: string;
}

/** Whether the server reaches its providers, and whether they take its keys. No model is asked, so that it costs nothing. */
export async function checkProviders(client: Client): Promise<ProviderFinding[]> {
  const { providers } = await client.json<{ providers: ListedProvider[] }>("/admin/v1/providers");
  const names = providers.map(({ name }) => name);
  return (await testProviders(client, names, { token: false })).flatMap(findingsOf);
}

const statuses = { ok: "ok", warning: "warning", failed: "problem" } as const;

function findingsOf({ name, keys, error }: ProviderReport): ProviderFinding[] {
  if (error !== undefined) return [{ check: `provider ${name}`, status: "problem", detail: error }];
  return keys.map((key) => {
    const troubles = key.steps.filter(({ status }) => status === "failed" || status === "warning");
    const seen = key.steps.filter(({ step }) => step === "key" || step === "models");
    const detail =
      troubles.length > 0
        ? troubles.map(({ step, detail: found }) => `${step}: ${found}`).join("; ")
        : [`reached in ${describeReach(key)}`, ...seen.map(({ step, detail: found }) => `${step}: ${found}`)].join(
            "; ",
          );
    return { check: `provider ${nameOf(name, key.key)}`, status: statuses[key.status], detail };
  });
}
