import type { JsonKind, Kind } from "./kinds.ts";

/** One value of a record, under its names. */
export interface Column {
  /** In TypeScript. */
  readonly name: string;
  /** In the admin API; `tokens.input` is the field `input` of the object `tokens`. */
  readonly api: string;
  readonly kind: JsonKind<unknown, unknown>;
  /** The version of journal lines that brought it. */
  readonly since: number;
  /** Its value in records that are older than `since`; needed from version 2 on. */
  readonly before?: unknown;
  /** The column whose value the API shows where this one has none. */
  readonly orElse?: string;
  readonly description: string;
}

export interface SqlColumn extends Column {
  /** Name of the column in SQL. */
  readonly sql: string;
  readonly kind: Kind<unknown, unknown>;
}

/** The record in TypeScript. */
export type RecordOf<C extends Column> = {
  -readonly [X in C as X["name"]]: X["kind"] extends JsonKind<infer Value, infer _Api> ? Value : never;
};

/** The row in SQL. */
export type RowOf<C extends SqlColumn> = {
  [X in C as X["sql"]]: X["kind"] extends Kind<infer _Value, infer _Api, infer Sql> ? Sql : never;
};

/** The object in the admin API. */
export type ApiOf<C extends Column> = {
  [X in C as X["api"] extends `${string}.${string}` ? never : X["api"]]: ApiValue<X>;
} & {
  [Group in C["api"] as Group extends `${infer Head}.${string}` ? Head : never]: GroupOf<C, Group>;
};

type GroupOf<C extends Column, Path extends string> = Path extends `${infer Head}.${string}`
  ? { [X in C as X["api"] extends `${Head}.${infer Tail}` ? Tail : never]: ApiValue<X> }
  : never;

type ApiValue<C extends Column> = C["kind"] extends JsonKind<infer _Value, infer Api> ? Api : never;
