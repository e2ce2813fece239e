import type { Client } from "./client.ts";
import { CommandError } from "./command-error.ts";
import { showDuration } from "./show-time.ts";

export interface ListedProvider {
  name: string;
  vendor: string;
  managed_by: string | null;
  address: string | null;
  region: string | null;
  apis: string[];
  keys: number;
  models: number;
  offered: number;
  fault: string | null;
}

export interface Step {
  step: "address" | "name" | "connection" | "proxy" | "tls" | "key" | "models" | "token";
  status: "ok" | "warning" | "failed" | "skipped";
  detail: string;
  ms: number | null;
}

export interface KeyReport {
  key: number | null;
  status: "ok" | "warning" | "failed";
  steps: Step[];
  models: { listed: number; missing: string[]; missing_offered: string[] } | null;
  token: { model: string; cost: string; currency: string; latency_ms: number } | null;
}

/** As the admin API gives it; `error` where the test itself could not be made. */
export interface ProviderReport {
  name: string;
  status: "ok" | "warning" | "failed";
  keys: KeyReport[];
  error?: string;
}

interface Wish {
  model?: string | undefined;
  token: boolean;
}

/** The server takes twice as many at a time. */
const atOnce = 4;
/** A server that hangs holds up nobody for ever. */
const testMsMax = 180_000;

/** Has the server try providers out, some at a time, and returns what was found in their order. */
export async function testProviders(client: Client, names: readonly string[], wish: Wish): Promise<ProviderReport[]> {
  const reports = new Map<string, ProviderReport>();
  const waiting = [...names];
  const running = new Set<string>();
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      running.add(name);
      showProgress(reports.size, names.length, running);
      reports.set(name, await testProvider(client, name, wish));
      running.delete(name);
      showProgress(reports.size, names.length, running);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, names.length) }, work));
  return names.flatMap((name) => reports.get(name) ?? []);
}

async function testProvider(client: Client, name: string, wish: Wish): Promise<ProviderReport> {
  try {
    return await client.json<ProviderReport>(`/admin/v1/providers/${encodeURIComponent(name)}/test`, {
      body: wish,
      signal: AbortSignal.timeout(testMsMax),
    });
  } catch (error) {
    if (error instanceof CommandError) return { name, status: "failed", keys: [], error: error.message };
    if (error instanceof Error && error.name === "TimeoutError")
      return { name, status: "failed", keys: [], error: `the server has not answered within ${testMsMax / 1000} s` };
    throw error;
  }
}

/** One line on a terminal, which is gone at the end. Standard output stays what programs read. */
function showProgress(done: number, all: number, running: ReadonlySet<string>): void {
  if (!process.stderr.isTTY) return;
  // Names of providers are plain letters and digits.
  const line = done === all ? "" : `tested ${done} of ${all}; now ${[...running].join(", ")}`.slice(0, 100);
  process.stderr.write(`\r${line}\u001b[K`);
}

const reachSteps = new Set<Step["step"]>(["address", "name", "connection", "proxy", "tls"]);

/** How a provider was reached; undefined where it was not tried. */
export function describeReach({ steps }: KeyReport): string {
  const tried = steps.filter(({ step }) => reachSteps.has(step));
  const failed = tried.find(({ status }) => status === "failed");
  if (failed) return `no: ${failed.step}`;
  if (tried.length === 0) return "-";
  const ms = tried.reduce((sum, step) => sum + (step.ms ?? 0), 0);
  return `${showDuration(ms)}${tried.some(({ step }) => step === "proxy") ? " by proxy" : ""}`;
}

/** What is not as it should be, and why no model was asked where one was to be, a line each. */
export function describeTroubles({ name, keys, error }: ProviderReport, wish: Pick<Wish, "token">): string[] {
  if (error !== undefined) return [`${name}: ${error}`];
  return keys.flatMap(({ key, status: ofKey, steps }) =>
    steps
      .filter(
        ({ step, status }) =>
          status === "failed" ||
          status === "warning" ||
          (wish.token && step === "token" && status === "skipped" && ofKey !== "failed"),
      )
      .map(({ step, detail }) => `${nameOf(name, key)}: ${step}: ${detail}`),
  );
}

/** `openai#2` is its second key. */
export function nameOf(name: string, key: number | null): string {
  return key === null ? name : `${name}#${key}`;
}
