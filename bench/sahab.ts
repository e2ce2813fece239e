import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bun, cores, start, type Running } from "./machine.ts";
import { makeOutFolder, type OutFolder } from "./out-folder.ts";
import { clientModel, clientModelTls, upstreamModel } from "./payloads.ts";
import type { Subject, Upstream } from "./subjects.ts";

export interface SahabSubject extends Subject {
  /** How many requests it has recorded since it was first started. */
  recordedRequests(): Promise<number>;
  /** Asks for the usage of each model since ever, and resolves when all of the answer has come. */
  report(): Promise<void>;
  /** The data folder. */
  data: string;
  /** Ends the process, runs `between`, and starts it again on the same data. Its port and process id change. */
  restart(between: () => void | Promise<void>): Promise<SahabSubject>;
}

/** Budgets and limits of the project that no benchmark uses up; the organisation has some, too. */
const bounds = `    organisation: bench
    currency: USD
    budget: [{ amount: 100000000, period: day }, { amount: 1000000000, period: month }]
    limits: { rpm: 1000000000, tpm: 1000000000, concurrency: 100000 }
organisations:
  - name: bench
    currency: USD
    budget: { amount: 1000000000, period: total }
`;

/** Sahab as a user runs it, from a checkout: `sahab up` on a data folder of its own, configured by a cloud.yaml, called with a key. */
export async function startSahab(
  name: string,
  tree: string,
  upstream: Upstream,
  { isBounded = false }: { isBounded?: boolean } = {},
): Promise<SahabSubject> {
  const folder = makeOutFolder("data");
  const data = folder.path;
  writeFileSync(join(data, "cloud.yaml"), cloudYaml(upstream) + (isBounded ? bounds : ""));
  try {
    const { running, origin } = await up(tree, data, placeOf(upstream));
    try {
      const key = await makeKey(data, origin);
      return subjectOf({ name, tree, folder, upstream, key }, running, origin);
    } catch (error) {
      await running.stop();
      throw error;
    }
  } catch (error) {
    folder.remove();
    throw error;
  }
}

interface Settings {
  name: string;
  tree: string;
  folder: OutFolder;
  upstream: Upstream;
  key: string;
}

function subjectOf(settings: Settings, running: Running, origin: string): SahabSubject {
  const { name, tree, folder, upstream, key } = settings;
  const data = folder.path;
  return {
    name,
    data,
    port: Number(new URL(origin).port),
    pid: running.pid,
    headers: { authorization: `Bearer ${key}` },
    model: clientModel,
    async recordedRequests() {
      const answer = await admin(data, origin, "/usage?group_by=model");
      const { rows } = (await answer.json()) as { rows: { requests: number }[] };
      return rows.reduce((sum, row) => sum + row.requests, 0);
    },
    async report() {
      // By a tag, which is summed from the records themselves.
      await (await admin(data, origin, "/usage?group_by=tag:session")).arrayBuffer();
    },
    async restart(between) {
      await running.stop();
      await between();
      const next = await up(tree, data, placeOf(upstream));
      return subjectOf(settings, next.running, next.origin);
    },
    async stop() {
      await running.stop();
      folder.remove();
    },
  };
}

interface Place {
  core: number | readonly number[];
  /** The authority of the upstream's certificate, in PEM. */
  caFile: string | undefined;
}

const placeOf = ({ tls }: Upstream): Place => ({ core: cores.proxy, caFile: tls?.caFile });

/** Starts the Sahab of a checkout on a data folder with a `cloud.yaml`. Resolves when it listens. */
export async function up(
  tree: string,
  data: string,
  { core, caFile }: Place,
): Promise<{ running: Running; origin: string }> {
  const running = start([bun, join(tree, "src", "cli", "main.ts"), "up"], {
    core,
    env: {
      SAHAB_DATA: data,
      SAHAB_PORT: "0",
      SAHAB_HOST: "127.0.0.1",
      SAHAB_CONFIG: join(data, "cloud.yaml"),
      SAHAB_LOG: "info",
      // Every version of Sahab understands this; a provider's own `tls.ca` is newer.
      ...(caFile !== undefined && { NODE_EXTRA_CA_CERTS: caFile }),
    },
  });
  try {
    const [, origin = ""] = await running.waitFor(/listens on (http:\S+)/, 60_000);
    return { running, origin };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** A new key of the project `bench`. */
export async function makeKey(data: string, origin: string): Promise<string> {
  const answer = await admin(data, origin, "/keys", { name: "bench", project: "bench" });
  return ((await answer.json()) as { key: string }).key;
}

async function admin(data: string, origin: string, path: string, body?: object): Promise<Response> {
  const adminKey = readFileSync(join(data, "admin.key"), "utf8").trim();
  const response = await fetch(`${origin}/admin/v1${path}`, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`/admin/v1${path}: ${response.status} ${await response.text()}`);
  return response;
}

function cloudYaml(upstream: Upstream): string {
  const places = [
    { model: clientModel, provider: "upstream", origin: upstream.origin },
    ...(upstream.tls ? [{ model: clientModelTls, provider: "upstream-tls", origin: upstream.tls.origin }] : []),
  ];
  const providers = places.map(
    ({ provider, origin }) => `  - name: ${provider}
    vendor: compatible
    base_url: ${origin}/v1
    api_key: sk-upstream
`,
  );
  const models = places.map(
    ({ model, provider }) => `  - name: ${model}
    targets:
      - { provider: ${provider}, model: ${upstreamModel} }
    price: { currency: USD, input: 0.55, cached_input: 0.14, output: 2.19 }
`,
  );
  return `providers:\n${providers.join("")}models:\n${models.join("")}projects:\n  - name: bench\n`;
}
