export { ContentLog } from "./content-log.ts";
export type { ContentRecorder } from "./content-recorder.ts";
