import { installWheel } from "../install.ts";
import { clientModel, upstreamModel } from "../payloads.ts";
import type { Peer } from "./peer.ts";

// The last release before 1.107.0, which was withdrawn as compromised; newer ones want a package that PyPI does not have.
const version = "1.106.12";
const key = "sk-bench";

/** LiteLLM's proxy with one worker and one key, without a database: no records, budgets or limits, so it does less than Sahab. */
export const litellm: Peer = {
  name: "LiteLLM",
  version,
  parts: ["small", "latency", "translated"],
  install: () => installWheel("litellm", version, { requirement: "litellm[proxy]", duration: "about 90 s, 750 MB" }),
  config: ({ upstreamOrigin }) => `model_list:
  - model_name: ${clientModel}
    litellm_params: { model: openai/${upstreamModel}, api_base: ${upstreamOrigin}/v1, api_key: sk-upstream }
litellm_settings: { telemetry: false }
general_settings: { master_key: ${key} }
`,
  command: (program, { port }, configFile) => [
    program,
    "--config",
    configFile,
    ...`--host 127.0.0.1 --port ${port} --num_workers 1`.split(" "),
  ],
  env: () => ({
    LITELLM_MODE: "PRODUCTION",
    LITELLM_LOG: "ERROR",
    // Its own list of prices, instead of one that it would fetch at each start.
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    // Without this it asks an OpenAI-style vendor for /v1/responses.
    LITELLM_USE_CHAT_COMPLETIONS_URL_FOR_ANTHROPIC_MESSAGES: "True",
  }),
  client: () => ({ headers: { authorization: `Bearer ${key}` }, model: clientModel }),
};
