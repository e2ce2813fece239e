import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchDir, bun, cores, start } from "./machine.ts";
import { clientModel, upstreamModel } from "./payloads.ts";
import { portkeyHeaders, startPortkey } from "./portkey.ts";

/** Something that answers chat completions: the upstream itself, or a proxy in front of it. */
export interface Subject {
  name: string;
  port: number;
  pid: number;
  /** Headers that a client of it must send. */
  headers: Record<string, string>;
  model: string;
  stop: () => Promise<void>;
}

/** A Sahab also reports how many requests it has recorded. */
export interface SahabSubject extends Subject {
  recordedRequests(): Promise<number>;
}

export async function startUpstream(): Promise<Subject> {
  const running = start([bun, join(benchDir, "upstream.ts")], { core: cores.rest });
  const [, port] = await running.waitFor(/listens on (\d+)/, 10_000);
  return {
    name: "upstream alone",
    port: Number(port),
    pid: running.pid,
    headers: {},
    model: upstreamModel,
    stop: running.stop,
  };
}

export async function startFloor(upstream: Subject): Promise<Subject> {
  const running = start([bun, join(benchDir, "floor.ts"), `http://127.0.0.1:${upstream.port}`], { core: cores.proxy });
  const [, port] = await running.waitFor(/listens on (\d+)/, 10_000);
  return { name: "floor", port: Number(port), pid: running.pid, headers: {}, model: upstreamModel, stop: running.stop };
}

export async function startPortkeySubject(upstream: Subject): Promise<Subject> {
  const { running, port } = await startPortkey();
  const headers = portkeyHeaders(`http://127.0.0.1:${upstream.port}`, upstreamModel);
  return { name: "Portkey", port, pid: running.pid, headers, model: clientModel, stop: running.stop };
}

/** Sahab as a user runs it, from a checkout: `sahab up` on a data folder of its own, configured by a cloud.yaml, called with a key. */
export async function startSahab(name: string, tree: string, upstream: Subject): Promise<SahabSubject> {
  const outDir = join(benchDir, "out");
  mkdirSync(outDir, { recursive: true });
  // Beside this file, so that the journal is on a disk: /tmp is memory on many machines, where fsync costs nothing.
  const data = mkdtempSync(join(outDir, "data-"));
  const config = join(data, "cloud.yaml");
  writeFileSync(config, cloudYaml(upstream.port));
  const running = start([bun, join(tree, "src", "cli", "main.ts"), "up"], {
    core: cores.proxy,
    env: { SAHAB_DATA: data, SAHAB_PORT: "0", SAHAB_HOST: "127.0.0.1", SAHAB_CONFIG: config, SAHAB_LOG: "warn" },
  });
  const stop = async () => {
    await running.stop();
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const [, origin = ""] = await running.waitFor(/listens on (http:\S+)/, 30_000);
    const adminKey = readFileSync(join(data, "admin.key"), "utf8").trim();
    const admin = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${origin}/admin/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    };
    const { key } = (await admin("POST", "/keys", { name: "bench", project: "bench" })) as { key: string };
    return {
      name,
      port: Number(new URL(origin).port),
      pid: running.pid,
      headers: { authorization: `Bearer ${key}` },
      model: clientModel,
      stop,
      async recordedRequests() {
        const usage = (await admin("GET", "/usage?group_by=model")) as { rows: { requests: number }[] };
        return usage.rows.reduce((sum, row) => sum + row.requests, 0);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function cloudYaml(upstreamPort: number): string {
  return `providers:
  - name: upstream
    vendor: compatible
    base_url: http://127.0.0.1:${upstreamPort}/v1
    api_key: sk-upstream
models:
  - name: ${clientModel}
    targets:
      - { provider: upstream, model: ${upstreamModel} }
    price: { currency: USD, input: 0.55, cached_input: 0.14, output: 2.19 }
projects:
  - name: bench
`;
}
