import { installWheel } from "../install.ts";
import { upstreamModel } from "../payloads.ts";
import type { Peer } from "./peer.ts";

const version = "0.3.2";

/** SGLang's router, a Rust program. It chooses a worker and passes requests on; it has no keys, prices or records. */
export const sglangRouter: Peer = {
  name: "sglang-router",
  version,
  parts: ["small", "large", "latency", "streams", "tls"],
  install: () =>
    installWheel("sglang-router", version, { requirement: "sglang-router", duration: "about 30 s, 150 MB" }),
  // The default policy compares prompts, which is work that one worker behind it does not need.
  command: (program, { port, metricsPort, upstreamOrigin, caFile }) => [
    program,
    ...`launch --host 127.0.0.1 --port ${port} --log-level warn --history-backend none`.split(" "),
    ...`--prometheus-host 127.0.0.1 --prometheus-port ${metricsPort}`.split(" "),
    ...`--policy round_robin --worker-urls ${upstreamOrigin}`.split(" "),
    ...(caFile === undefined ? [] : ["--ca-cert-paths", caFile]),
  ],
  // It does not rename models.
  client: () => ({ headers: {}, model: upstreamModel }),
};
