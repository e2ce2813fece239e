import type { SqlColumn } from "./column.ts";
import { summed } from "./kinds.ts";

/** What is counted by the piece, of a request and of each attempt. */
export const pieceColumns = [
  {
    name: "images",
    sql: "images",
    api: "pieces.images",
    kind: summed,
    since: 4,
    before: 0,
    description: "Images that were made",
  },
  {
    name: "seconds",
    sql: "seconds",
    api: "pieces.seconds",
    kind: summed,
    since: 4,
    before: 0,
    description: "Seconds of sound that were heard",
  },
  {
    name: "characters",
    sql: "characters",
    api: "pieces.characters",
    kind: summed,
    since: 4,
    before: 0,
    description: "Characters that were spoken",
  },
  {
    name: "searches",
    sql: "searches",
    api: "pieces.searches",
    kind: summed,
    since: 4,
    before: 0,
    description: "Searches of reranks, and on the web by the vendor",
  },
] as const satisfies readonly SqlColumn[];
