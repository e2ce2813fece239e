export type { ClientProgram, Connection } from "./client-program.ts";
export { blocksOf, linesFor, shellLine, shortPath } from "./lines.ts";
export { findPlaces, type Places } from "./places.ts";
export { clientPrograms } from "./registry.ts";
