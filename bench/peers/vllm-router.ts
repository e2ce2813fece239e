import { installWheel } from "../install.ts";
import { upstreamModel } from "../payloads.ts";
import type { Peer } from "./peer.ts";

const version = "0.1.17";

/** vLLM's router, a Rust program. It chooses a worker and passes requests on; it has no keys, prices or records. */
export const vllmRouter: Peer = {
  name: "vllm-router",
  version,
  parts: ["small", "large", "latency", "streams", "tls"],
  install: () => installWheel("vllm-router", version, { requirement: "vllm-router", duration: "about 20 s, 130 MB" }),
  // The default policy compares prompts, which is work that one worker behind it does not need.
  command: (program, { port, metricsPort, upstreamOrigin }) => [
    program,
    ...`--host 127.0.0.1 --port ${port} --prometheus-port ${metricsPort} --log-level warning`.split(" "),
    ...`--policy round_robin --worker-urls ${upstreamOrigin}`.split(" "),
  ],
  env: ({ caFile }) => (caFile === undefined ? {} : { SSL_CERT_FILE: caFile }),
  // It does not rename models.
  client: () => ({ headers: {}, model: upstreamModel }),
};
