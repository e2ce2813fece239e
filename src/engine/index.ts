export { EngineClient } from "./client.ts";
export { createEngineUpstream } from "./engine-upstream.ts";
export { checkParts, nameSome, partNames, readModelFiles, withoutPart } from "./gguf/parts.ts";
export { readGguf, type GgufFile } from "./gguf/read-gguf.ts";
export { estimateMemory, type MemoryEstimate } from "./memory/estimate.ts";
export { inspectModelTemplate } from "./template/index.ts";
export type { SandboxMode } from "./sandbox/index.ts";
export { Engine, type EngineOptions, type EngineStatus } from "./supervisor.ts";
