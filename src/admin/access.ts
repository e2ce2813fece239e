import { timingSafeEqual } from "node:crypto";
import { adminKeyPrefix } from "../base/describe-key.ts";
import { SahabError } from "../base/errors.ts";
import { presentedKey } from "../http/index.ts";
import {
  hashKey,
  wholeScope,
  type Caller,
  type KeyRing,
  type Scope,
  type Sessions,
  type SessionRow,
} from "../ledger/index.ts";
import { csrfOf, expectSameOrigin, isUnsafe, readSessionCookie } from "./session-cookie.ts";

/** Who asks, for queries and for people. */
export interface Actor {
  /** That of the key; of a user, once there are users. */
  readonly id: string;
  readonly name: string;
  readonly role: "admin";
  /** What it may see. */
  readonly scope: Scope;
  readonly keyId: string;
}

/** A request that may use the admin API. */
export interface Access {
  caller: Caller;
  actor: Actor;
  /** SHA-256 of the key that it came with, or that its session began with, hex. */
  keyHash: string;
  /** Where it came with a session, and not with a key. */
  session: SessionRow | undefined;
  /** What unsafe requests of the session have in `x-sahab-csrf`. */
  csrf: string | undefined;
}

/** What is known of a request before its body comes. */
export interface AskedAccess {
  method: string;
  headers: { get(name: string): string | null };
  /** The client's. */
  address: string;
  /** Asked again for a request that was let in, such as one of live events: the session does not last longer for it. */
  isAgain?: boolean;
}

/** Lets a request into the admin API. Rejects with a SahabError of status 401, 403 or 503. */
export type Admit = (asked: AskedAccess) => Promise<Access>;

const csrfHeader = "x-sahab-csrf";

/**
 * Decides, alone, who may use the admin API: whoever sends a key of role admin, in a header of any dialect; or the cookie of a session, where the request
 * comes from a page of this server. A key counts before a cookie. `isTls` tells whether this server itself speaks TLS.
 */
export function createAdmit(deps: { keys: KeyRing; sessions: Sessions }, { isTls }: { isTls: boolean }): Admit {
  return async ({ method, headers, address, isAgain = false }) => {
    const key = presentedKey(headers);
    const token = key === undefined ? readSessionCookie(headers, isTls) : undefined;
    if (token === undefined) {
      const caller = expectAdmin(await deps.keys.authenticate(key, address));
      return { caller, actor: actorOf(caller), keyHash: hashKey(key ?? ""), session: undefined, csrf: undefined };
    }
    expectSameOrigin(method, headers);
    const { session, caller } = await deps.sessions.authenticate(token, { address, isUse: !isAgain });
    const csrf = csrfOf(token);
    if (isUnsafe(method)) expectCsrf(headers.get(csrfHeader), csrf);
    return { caller: expectAdmin(caller), actor: actorOf(caller), keyHash: session.keyHash, session, csrf };
  };
}

/** Throws `forbidden` for a key of another role. */
export function expectAdmin(caller: Caller): Caller {
  if (caller.role === "admin") return caller;
  throw new SahabError(
    "forbidden",
    `This key may ${caller.role === "metrics" ? "read /metrics" : "call models"}, not the admin API; send a key of role admin (${adminKeyPrefix}… in the file admin.key of the server's data folder, or one that was made with --role admin)`,
  );
}

export function actorOf({ keyId, name }: Caller): Actor {
  return { id: keyId, name: name ?? keyId, role: "admin", scope: wholeScope, keyId };
}

function expectCsrf(found: string | null, wanted: string): void {
  if (found?.length === wanted.length && timingSafeEqual(Buffer.from(found), Buffer.from(wanted))) return;
  throw new SahabError(
    "forbidden",
    `A request with a session's cookie that changes something needs the header ${csrfHeader} with what GET /admin/v1/session gives as csrf; it is ${found === null ? "missing" : "another"}`,
  );
}
