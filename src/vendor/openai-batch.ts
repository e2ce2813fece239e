import type { VendorBatch } from "./vendor.ts";

/**
 * Batches in OpenAI's form and bounds (https://platform.openai.com/docs/api-reference/batch). Others have forms of their own, which are not
 * here: Mistral (`/v1/batch/jobs`), Together, Fireworks, xAI, Google, Bedrock, Vertex.
 */
export const openaiBatch: Omit<VendorBatch, "paths"> = {
  form: "openai",
  linesMax: 50_000,
  bytesMax: 200_000_000,
  windows: ["24h"],
};
