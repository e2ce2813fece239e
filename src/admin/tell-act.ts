import type { Context } from "hono";
import type { Log } from "../base/log.ts";
import type { AdminEnv } from "./route-parts.ts";

/**
 * Tells in the log what a key of role admin has changed, or tried to: the one place where acts of operators are told. Nothing of a body or
 * a query is told.
 */
export function tellAct(deps: { log: Pick<Log, "info"> }, context: Context<AdminEnv>): void {
  const { method, path } = context.req;
  if (method === "GET" || method === "HEAD") return;
  const { caller, access } = context.var;
  // Who could not sign in is told of as a refusal.
  if (caller === undefined) return;
  const { status, headers } = context.res;
  deps.log.info(
    {
      key: caller.keyId,
      session: access.session?.id,
      address: context.env.address,
      method,
      path: path.slice(0, pathCharsMax),
      status,
      request: headers.get("x-request-id"),
    },
    "an admin's act",
  );
}

/** The longest of ours has a model's name, each of its letters escaped. */
const pathCharsMax = 1_000;
