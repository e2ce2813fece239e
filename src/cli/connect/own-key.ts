import { hostname } from "node:os";
import type { Environment } from "../../base/environment.ts";
import { escapeUnprintable } from "../../base/printable.ts";
import { openClient, type Client } from "../client.ts";
import { CommandError } from "../command-error.ts";
import { findServer, isOwnAdminKey } from "../find-server.ts";

/** A key for a program, and what it may call. */
export interface OwnKey {
  key: string;
  /** Null where it was given. */
  id: string | null;
  warnings: readonly string[];
}

/** A client of the same server that has another key. */
export function openCaller(environment: Environment, key: string): Client {
  const keyFrom = { place: "The key", what: "a key", advice: "create one with: sahab key create NAME" };
  return openClient(environment, { ...findServer(environment), key, keyFrom });
}

/** The admin's client as a project calls models: what a new key may call is found out without using it. */
export function asProject(admin: Client, project: string): Client {
  const base = `/admin/v1/as/${encodeURIComponent(project)}`;
  return {
    address: admin.address,
    request: (path, init) => admin.request(base + path, init),
    json: (path, init) => admin.json(base + path, init),
  };
}

/** A program's settings are no place for a key that can change everything. Throws a CommandError for one. */
export async function refuseAdminKey(environment: Environment, key: string): Promise<void> {
  if (key !== environment.adminKey && !isOwnAdminKey(environment, key)) {
    try {
      await openCaller(environment, key).request("/admin/v1/ps");
    } catch (cause) {
      if (cause instanceof CommandError) return;
      throw cause;
    }
  }
  throw new CommandError(
    "The key in --key is of role admin, which can change everything, and programs need one of role user. Make one: sahab key create NAME, or leave --key out",
  );
}

export async function makeKey(
  admin: Client,
  { program, project, expires }: { program: string; project: string; expires?: string },
): Promise<OwnKey> {
  const name = escapeUnprintable(`connect ${program} on ${hostname()}`).slice(0, 128);
  const body = { name, project, expires_at: expires };
  return admin.json<OwnKey & { id: string }>("/admin/v1/keys", { body });
}

/** Says why a key could not be revoked; undefined where it is revoked, or was before. */
export async function revokeKey(admin: Client, id: string): Promise<string | undefined> {
  try {
    await admin.request(`/admin/v1/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    return cause.message.endsWith("(not_found)") ? undefined : cause.message;
  }
}
