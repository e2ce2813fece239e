import type { Vendor } from "./vendor.ts";

const paths = { chat: "/chat/completions", completion: "/completions", embedding: "/embeddings" } as const;

/** Any server that speaks OpenAI's dialect: vLLM, SGLang, llama-server, Ollama, another Sahab. */
export const compatible: Vendor = {
  url(baseUrl, operation) {
    // People write both http://host:11434 and http://host:11434/v1; an address without a path means the usual one.
    const base = baseUrl.replace(/\/+$/, "");
    return (new URL(base).pathname === "/" ? `${base}/v1` : base) + paths[operation];
  },
  authorize: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
};
