import type { SqlColumn } from "./column.ts";
import { noTags, tags, text } from "./kinds.ts";

/** Whom a request is for, beside its key, and what for: as its client says. */
export const labelColumns = [
  {
    name: "user",
    // `user` is a word of PostgreSQL's own.
    sql: "end_user",
    api: "user",
    kind: text,
    since: 5,
    before: "",
    description: "The user that the client names; empty where it names none",
  },
  {
    name: "tags",
    sql: "tags",
    api: "tags",
    kind: tags,
    since: 5,
    before: noTags,
    description:
      "What else the client says of the request by name, such as `session`, and `agent`, the program that sent it",
  },
  {
    name: "askedModel",
    sql: "asked_model",
    api: "asked_model",
    kind: text,
    since: 8,
    // Until then the model alone was kept.
    before: "",
    description:
      "The name that the client asked for, where it is not the model's own: an alias, or one that leads nowhere. At most 100 characters; else empty",
  },
] as const satisfies readonly SqlColumn[];
