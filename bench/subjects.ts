import { join } from "node:path";
import type { Certificate } from "./certificate.ts";
import { benchDir, bun, cores, start } from "./machine.ts";
import { upstreamModel, type Api } from "./payloads.ts";

/** Something that answers chat completions: the upstream itself, or a proxy in front of it. */
export interface Subject {
  name: string;
  port: number;
  pid: number;
  /** Headers that a client of it must send. */
  headers: Record<string, string>;
  model: string;
  /** What its client speaks; chat completions unless it says otherwise. */
  api?: Api;
  stop: () => Promise<void>;
}

export interface Upstream extends Subject {
  origin: string;
  /** The same over TLS, and the authority to trust; undefined where no certificate could be made. */
  tls: { origin: string; caFile: string } | undefined;
}

export async function startUpstream(certificate: Certificate | undefined): Promise<Upstream> {
  const files = certificate ? [certificate.file, certificate.keyFile] : [];
  const running = start([bun, join(benchDir, "upstream.ts"), ...files], { core: cores.rest });
  const [, port, tlsPort] = await running.waitFor(/listens on (\d+), with TLS on (\w+)/, 10_000);
  return {
    name: "upstream alone",
    port: Number(port),
    pid: running.pid,
    headers: {},
    model: upstreamModel,
    origin: `http://127.0.0.1:${port}`,
    tls: certificate && { origin: `https://localhost:${tlsPort}`, caFile: certificate.caFile },
    stop: running.stop,
  };
}

export async function startFloor(upstream: Upstream): Promise<Subject> {
  const running = start([bun, join(benchDir, "floor.ts"), upstream.origin], { core: cores.proxy });
  const [, port] = await running.waitFor(/listens on (\d+)/, 10_000);
  return { name: "floor", port: Number(port), pid: running.pid, headers: {}, model: upstreamModel, stop: running.stop };
}
