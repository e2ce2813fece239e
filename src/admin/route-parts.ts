import type { OpenAPIHono, z } from "@hono/zod-openapi";
import { wholeScope, type Caller, type KeyRole, type Scope } from "../ledger/index.ts";
import { errorSchema } from "./schemas.ts";

/** Who asks, and what they may see. */
export interface Actor {
  /** Of the key, until there are named users. */
  id: string;
  name: string;
  role: KeyRole;
  /** What each query of the store takes. */
  scope: Scope;
  keyId: string;
}

/** Keys of role admin see everything. */
export function actorOf({ keyId, name = "", role }: Caller): Actor {
  return { id: keyId, name, role, scope: wholeScope, keyId };
}

/** What the server knows of a request beside the platform's Request. */
export interface AdminEnv {
  Bindings: {
    /** The client's. */
    address: string;
  };
  Variables: {
    /** Whose key of role admin it is. */
    caller: Caller;
    actor: Actor;
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

/** Milliseconds since 1970 of a time in a query. */
export function parseTime(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
