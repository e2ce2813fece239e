import type { Context } from "hono";
import type { Log } from "../base/log.ts";
import type { Caller } from "../ledger/index.ts";
import type { AdminEnv } from "./route-parts.ts";

/**
 * Tells in the log what a key of role admin has changed, or tried to: the one place where acts of operators are told. Nothing of a body or
 * a query is told.
 */
export function tellAct(deps: { log: Pick<Log, "info"> }, context: Context<AdminEnv>, caller: Caller): void {
  const { method, path } = context.req;
  if (method === "GET" || method === "HEAD") return;
  const { status, headers } = context.res;
  const request = headers.get("x-request-id");
  deps.log.info({ key: caller.keyId, address: context.env.address, method, path, status, request }, "an admin's act");
}
