export { EngineClient } from "./client.ts";
export { readGguf } from "./gguf/read-gguf.ts";
export { writeRandomModel, type RandomModelOptions } from "./gguf/random-model.ts";
export { Engine, type EngineOptions, type EngineStatus } from "./supervisor.ts";
