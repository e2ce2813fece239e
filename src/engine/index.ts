export { EngineClient } from "./client.ts";
export { createEngineUpstream } from "./engine-upstream.ts";
export { readGguf } from "./gguf/read-gguf.ts";
export { Engine, type EngineOptions, type EngineStatus } from "./supervisor.ts";
