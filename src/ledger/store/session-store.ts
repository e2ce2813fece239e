/** How somebody came in. */
export type SignedInWith = "key" | "link";

/** Whose key signed in: the session is good for as long as that key is. */
export interface SessionKey {
  keyId: string;
  /** SHA-256 of the key, hex. */
  keyHash: string;
}

/** A browser that is signed in. Times are milliseconds since 1970. */
export interface SessionRow extends SessionKey {
  id: string;
  /** SHA-256 of its token, hex. */
  hash: string;
  signedInWith: SignedInWith;
  /** Where it was signed in from, and what the browser calls itself: for people who look through the list. */
  address: string;
  userAgent: string;
  createdMs: number;
  /** When it was last used, up to a minute late. */
  usedMs: number;
  /** It ends then, however much it is used. */
  expiresMs: number;
}

/** A link that signs in once. */
export interface SignInLink extends SessionKey {
  /** SHA-256 of its token, hex. */
  hash: string;
  createdMs: number;
  expiresMs: number;
  /** When the session that made it ends: the one that it begins lasts no longer. Undefined where a key made it. */
  sessionExpiresMs: number | undefined;
}

/** Sessions of the console, and the links that begin one. */
export interface SessionStore {
  /** Adds a session. Beyond `sessionsMax` those that were used longest ago end. */
  insertSession(session: SessionRow, sessionsMax: number): Promise<void>;
  /** Those that there are, over or not, in any order; at most a thousand are asked for at a time. */
  findSessionsByHash(hashes: readonly string[]): Promise<SessionRow[]>;
  /** Those of a key, or all of them; the newest first. */
  listSessions(keyId: string | undefined): Promise<SessionRow[]>;
  /** Keeps the latest use. */
  noteSessionUse(id: string, usedMs: number): Promise<void>;
  /** Returns whether there was such a session. */
  endSession(id: string): Promise<boolean>;
  /** Ends those of a key, or all of them, and takes away the links that would begin another; returns how many sessions there were. */
  endSessions(keyId: string | undefined): Promise<number>;
  /** Adds a link. Beyond `linksMax` the oldest are no longer good. */
  insertSignInLink(link: SignInLink, linksMax: number): Promise<void>;
  /** Those that there are, over or not, in any order; at most a thousand are asked for at a time. */
  findSignInLinksByHash(hashes: readonly string[]): Promise<SignInLink[]>;
  /** Takes a link away and returns it: of several who ask, one gets it. Undefined where there is none, or its time is over. */
  takeSignInLink(hash: string, nowMs: number): Promise<SignInLink | undefined>;
  /** Deletes what is over: links and sessions that have expired, and sessions that were not used since. */
  sweepSessions(nowMs: number, unusedSinceMs: number): Promise<void>;
}
