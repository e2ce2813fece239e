import { join } from "node:path";
import { installNpm } from "../install.ts";
import { clientModel, upstreamModel } from "../payloads.ts";
import type { Peer } from "./peer.ts";

const version = "1.15.2";

/** Portkey's gateway on the machine's Node, as its own README starts it, without its web page. */
export const portkey: Peer = {
  name: "Portkey",
  version,
  parts: ["small", "large", "latency"],
  install() {
    const folder = installNpm("@portkey-ai/gateway", version, "a few seconds");
    return folder && join(folder, "build", "start-server.js");
  },
  command: (program, { port }) => ["node", program, `--port=${port}`, "--headless"],
  // Portkey refuses requests to private addresses; this setting of its own allows the upstream.
  env: () => ({ NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" }),
  // It takes its options from a header of every request. `override_params` renames the model.
  client({ upstreamOrigin }) {
    const config = {
      provider: "openai",
      api_key: "sk-upstream",
      custom_host: `${upstreamOrigin}/v1`,
      override_params: { model: upstreamModel },
    };
    return { headers: { "x-portkey-config": JSON.stringify(config) }, model: clientModel };
  },
};
