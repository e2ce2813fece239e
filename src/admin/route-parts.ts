import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Caller } from "../ledger/index.ts";
import type { Access, Actor } from "./access.ts";
import { errorSchema } from "./schemas.ts";

/** What the server knows of a request beside the platform's Request. */
export interface AdminEnv {
  Bindings: {
    /** The client's. */
    address: string;
  };
  Variables: {
    /** Whose key of role admin it is. */
    caller: Caller;
    /** What let the request in. */
    access: Access;
    /** Who asks: every query for a person's eyes takes its scope. */
    actor: Actor;
    /** Rejects, or throws, once the caller would no longer be let in: for what outlives the moment. */
    recheck: () => unknown;
    /** When it came, monotonic. */
    startedMs: number;
  };
}

export type AdminApp = OpenAPIHono<AdminEnv>;

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { "application/json": { schema } },
  description,
});

export const failure = json(errorSchema, "What is wrong, and what is allowed");

/**
 * An answer whose JSON the store has made. The type of a route's answer is that of its schema, which names the type of what was made.
 */
export function madeJson(context: Context<AdminEnv>, bytes: Uint8Array<ArrayBuffer>): never {
  return context.body(bytes, 200, { "content-type": "application/json" }) as never;
}

/** Milliseconds since 1970 of a time in a query. */
export function parseTime(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
