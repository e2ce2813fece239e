import { formatNano, type Nano } from "../../base/money.ts";

/** An integer in SQL. SQLite returns bigint (see safeIntegers), so that sums of money stay exact. */
export type Integer = number | bigint;
export type SqlValue = string | Integer | null;

/** What a value is in the admin API; api-shape.ts makes a schema of it. The thread of the store loads no schemas. */
export type ApiType =
  | { type: "text" | "integer" | "boolean" | "time" | "decimal" | "amount" | "tags"; isNullable?: true }
  | { type: "list"; fields: readonly ApiField[] };

/** A field of an object in the admin API. */
export interface ApiField {
  readonly api: string;
  readonly kind: { apiType: ApiType };
  readonly description: string;
}

/**
 * How values of one kind are written in JSON (journal lines) and in the admin API. An encoder or decoder that is absent
 * leaves the value as it is.
 */
export interface JsonKind<Value, Api = Value> {
  encodeJson?(value: Value): unknown;
  /** `version` is that of the line. */
  decodeJson?(json: unknown, version: number): Value;
  encodeApi?(value: Value): Api;
  apiType: ApiType;
}

/** A kind that may also be a column in SQL. */
export interface Kind<Value, Api = Value, Sql extends SqlValue = SqlValue> extends JsonKind<Value, Api> {
  sqlType: "text" | "integer" | "bigint";
  isNullable: boolean;
  encodeSql(value: Value): Sql;
  decodeSql(value: Sql): Value;
  /** From the JSON of a line of the present version, the same as decoding and encoding; absent where it is the JSON itself. */
  jsonToSql?(json: unknown): Sql;
}

/** Text of a closed set, as far as TypeScript knows; readers of the API must accept new values. */
export function textOf<Text extends string>(): Kind<Text, string, string> {
  return {
    sqlType: "text",
    isNullable: false,
    encodeSql: (value) => value,
    decodeSql: (value) => value as Text,
    apiType: { type: "text" },
  };
}

export const text = textOf<string>();

function numberAs(sqlType: "integer" | "bigint"): Kind<number, number, Integer> {
  return { sqlType, isNullable: false, encodeSql: (value) => value, decodeSql: Number, apiType: { type: "integer" } };
}

export const smallNumber = numberAs("integer");

/** Counts of tokens and pieces; the usage report sums all columns of this kind. */
export const summed: Kind<number, number, Integer> & { readonly isSummed: true } = {
  ...numberAs("bigint"),
  isSummed: true,
};

/** Milliseconds since 1970; ISO 8601 in the API. */
export const time: Kind<number, string, Integer> = {
  sqlType: "bigint",
  isNullable: false,
  encodeSql: (value) => value,
  decodeSql: Number,
  encodeApi: (value) => new Date(value).toISOString(),
  apiType: { type: "time" },
};

export const flag: Kind<boolean, boolean, Integer> = {
  sqlType: "integer",
  isNullable: false,
  encodeSql: (value) => (value ? 1 : 0),
  decodeSql: (value) => Number(value) === 1,
  jsonToSql: (json) => (json === true ? 1 : 0),
  apiType: { type: "boolean" },
};

/** Nano-units; text in JSON, a decimal in the API. */
export const money: Kind<Nano, string, Integer> = {
  sqlType: "bigint",
  isNullable: false,
  encodeSql: (value) => value,
  decodeSql: BigInt,
  jsonToSql: (json) => BigInt(json as string),
  encodeJson: String,
  decodeJson: (json) => BigInt(json as string),
  encodeApi: formatNano,
  apiType: { type: "decimal" },
};

export const moneyOrNull: Kind<Nano | null, string | null, Integer | null> = {
  sqlType: "bigint",
  isNullable: true,
  encodeSql: (value) => value,
  decodeSql: (value) => (value === null ? null : BigInt(value)),
  jsonToSql: (json) => (json === null ? null : BigInt(json as string)),
  encodeJson: (value) => (value === null ? null : String(value)),
  decodeJson: (json) => (json === null ? null : BigInt(json as string)),
  encodeApi: (value) => (value === null ? null : formatNano(value)),
  apiType: { type: "decimal", isNullable: true },
};

export const smallNumberOrNull: Kind<number | null, number | null, Integer | null> = {
  sqlType: "integer",
  isNullable: true,
  encodeSql: (value) => value,
  decodeSql: (value) => (value === null ? null : Number(value)),
  apiType: { type: "integer", isNullable: true },
};

export const textOrNull: Kind<string | null, string | null, string | null> = {
  sqlType: "text",
  isNullable: true,
  encodeSql: (value) => value,
  decodeSql: (value) => value,
  apiType: { type: "text", isNullable: true },
};

export interface Amount {
  amount: Nano;
  currency: string;
}

/** An amount in a currency of its own. */
export const amountOrNull: JsonKind<Amount | null, { amount: string; currency: string } | null> = {
  encodeJson: (value) => (value === null ? null : { amount: String(value.amount), currency: value.currency }),
  decodeJson: (json) => {
    if (json === null) return null;
    const { amount, currency } = json as { amount: string; currency: string };
    return { amount: BigInt(amount), currency };
  },
  encodeApi: (value) => (value === null ? null : { amount: formatNano(value.amount), currency: value.currency }),
  apiType: { type: "amount", isNullable: true },
};

/** Texts by their names. */
export type Tags = Readonly<Record<string, string>>;

/** This one object stands for no tags, so that a journal line leaves them out. */
export const noTags: Tags = Object.freeze({});

/** A JSON object of texts, in SQL as its text. */
export const tags: Kind<Tags, Tags, string> = {
  sqlType: "text",
  isNullable: false,
  encodeSql: (value) => JSON.stringify(value),
  jsonToSql: (json) => JSON.stringify(json),
  decodeSql(text) {
    if (text === "{}") return noTags;
    try {
      return JSON.parse(text) as Tags;
    } catch {
      // A row that was damaged loses its tags; the other rows of a page are whole.
      return noTags;
    }
  },
  apiType: { type: "tags" },
};
