import { asCalled } from "../base/called-as.ts";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { newId, randomText } from "../base/ids.ts";
import { GroupedLookups } from "./grouped-lookups.ts";
import { hashKey, type Caller, type KeyRing } from "./keys.ts";
import type { SessionKey, SessionRow, SignedInWith, SignInLink, Store } from "./store/index.ts";

/** A session that is not used for so long ends. */
export const sessionIdleMs = 12 * 3_600_000;
/** It ends then, however much it is used. */
const sessionLifeMs = 7 * 24 * 3_600_000;
const signInLinkLifeMs = 10 * 60_000;
/** Most that there are of each; beyond it the oldest are no longer good. */
const sessionsMax = 1_000;
const linksMax = 100;
/** When a session was last used is noted so often at most. */
const noteUseMs = 60_000;
/** The store is asked at most a hundred times a second, whatever tokens are sent. A page's requests come several at a time, so each waits for little. */
const lookupPauseMs = 10;
/** A link is for one person, who does not notice this. */
const linkLookupPauseMs = 100;
/** 5 random bits each. */
const tokenChars = 52;
const userAgentCharsMax = 200;

interface NewSession {
  signedInWith: SignedInWith;
  address: string;
  userAgent: string;
  /** It ends then at the latest. */
  expiresMs?: number | undefined;
}

export interface SignedIn {
  session: SessionRow;
  /** Whose key it signed in with. */
  caller: Caller;
}

/** Makes a link's token, and the row that knows its hash. `by` is the session that asks for it, where one does. */
export function createSignInLink(
  { keyId, keyHash }: SessionKey,
  { nowMs, by }: { nowMs: number; by?: Pick<SessionRow, "expiresMs"> | undefined },
): { token: string; link: SignInLink } {
  const token = randomText(tokenChars);
  const expiresMs = nowMs + signInLinkLifeMs;
  const link = { hash: hashKey(token), keyId, keyHash, createdMs: nowMs, expiresMs, sessionExpiresMs: by?.expiresMs };
  return { token, link };
}

/** Adds a link to those that are good. */
export async function addSignInLink(store: Pick<Store, "insertSignInLink">, link: SignInLink): Promise<void> {
  await store.insertSignInLink(link, linksMax);
}

/**
 * Sessions of the console. The store is asked for each request, so a session begins and ends for all processes and machines at once;
 * its key is found as that of any request is.
 */
export class Sessions {
  readonly #store: Store;
  readonly #keys: KeyRing;
  readonly #clock: Pick<Clock, "now">;
  readonly #lookups: GroupedLookups<SessionRow>;
  readonly #linkLookups: GroupedLookups<SignInLink>;

  constructor(deps: { store: Store; keys: KeyRing; clock: Pick<Clock, "now"> }) {
    this.#store = deps.store;
    this.#keys = deps.keys;
    this.#clock = deps.clock;
    this.#lookups = new GroupedLookups((hashes) => deps.store.findSessionsByHash(hashes), {
      what: "sessions",
      pauseMs: lookupPauseMs,
    });
    this.#linkLookups = new GroupedLookups((hashes) => deps.store.findSignInLinksByHash(hashes), {
      what: "links",
      pauseMs: linkLookupPauseMs,
    });
  }

  /** The key that a link stands for, and when its sessions end at the latest; the link is used then. Throws `not_signed_in`. */
  async takeLink(token: string): Promise<Pick<SignInLink, "keyHash" | "sessionExpiresMs">> {
    const hash = hashKey(token);
    // Looked at first, with those of others: a wrong one must not cost a write.
    const known = await ofStore(this.#linkLookups.find(hash));
    const link = known && (await ofStore(this.#store.takeSignInLink(hash, this.#clock.now())));
    if (link) return link;
    throw new SahabError(
      "not_signed_in",
      asCalled("This link has been used, or its ten minutes are over; make another with: sahab console"),
    );
  }

  /** Begins a session. Its token is returned once; the store has a hash. */
  async begin(
    { keyId, keyHash }: SessionKey,
    { signedInWith, address, userAgent, expiresMs }: NewSession,
  ): Promise<{ token: string; session: SessionRow }> {
    const nowMs = this.#clock.now();
    const token = randomText(tokenChars);
    const session: SessionRow = {
      id: newId("ses", nowMs),
      hash: hashKey(token),
      keyId,
      keyHash,
      signedInWith,
      address,
      userAgent: userAgent.slice(0, userAgentCharsMax),
      createdMs: nowMs,
      usedMs: nowMs,
      expiresMs: Math.min(nowMs + sessionLifeMs, expiresMs ?? Infinity),
    };
    await this.#store.insertSession(session, sessionsMax);
    return { token, session };
  }

  /**
   * The session of a token, and its caller. Throws `not_signed_in` where it is over, or its key is no longer good; `address_not_allowed`, and
   * `store_unavailable` where the store does not answer. Unless `isUse`, the session does not last longer for it.
   */
  async authenticate(token: string, { address, isUse }: { address: string; isUse: boolean }): Promise<SignedIn> {
    const nowMs = this.#clock.now();
    const session = await ofStore(this.#lookups.find(hashKey(token)));
    if (!session || nowMs >= endOfSession(session))
      throw new SahabError("not_signed_in", "The session is over; sign in again");
    let caller: Caller;
    try {
      caller = await this.#keys.authenticateHash(session.keyHash, address);
    } catch (cause) {
      if (!(cause instanceof SahabError) || cause.status !== 401) throw cause;
      throw new SahabError("not_signed_in", `The session is over, since its key is: ${cause.message}`, { cause });
    }
    // A use that is not noted is noted with the next request.
    if (isUse && nowMs - session.usedMs > noteUseMs)
      this.#store.noteSessionUse(session.id, nowMs).catch(() => undefined);
    return { session, caller };
  }
}

/** What the store is asked, or why it cannot be known. */
async function ofStore<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof SahabError && cause.code === "overloaded") throw cause;
    throw new SahabError(
      "store_unavailable",
      "The session cannot be checked because the database does not answer; try again shortly",
      { cause, retryAfterS: 1 },
    );
  }
}

/** When a session ends unless it is used again; milliseconds since 1970. */
export function endOfSession({ usedMs, expiresMs }: Pick<SessionRow, "usedMs" | "expiresMs">): number {
  return Math.min(usedMs + sessionIdleMs, expiresMs);
}
