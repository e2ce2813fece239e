import { SahabError } from "../base/errors.ts";
import type { RefusalReason, Refusals } from "../base/refusals.ts";
import { Shares, type ShareBound } from "../base/shares.ts";
import type { ClientAddress } from "./client-address.ts";
import { Groups } from "./groups.ts";

export interface CrowdLimits {
  connectionsMax: number;
  /** Of all heads that have not come in full, and requests that were sent ahead. */
  aheadBytesTotalMax: number;
  /** Of all bodies that have not come in full. */
  uploadBytesTotalMax: number;
}

/** A connection, as the crowd sees it. */
export interface Member {
  /** Address of the other end, which may be a proxy. */
  readonly address: ClientAddress;
  /** The other end is a trusted proxy, so that its connections are not those of one client. */
  readonly isTrusted: boolean;
  /** It is between two requests, or waits for the head of one, since this time; undefined during a request. Monotonic. */
  readonly idleSinceMs: number | undefined;
  /** Closes the connection at once. */
  abort(): void;
}

/** After less than this a connection may be about to send what it has come for. */
export const waitedMsMin = 1_000;
/** Where nothing can be closed, the connections are not looked through again for so long. */
const scanPauseMs = 250;
/** Of the connections of a network that are looked through, one in so many is closed at most, so that a scan serves many newcomers. */
const scanPart = 16;
/** Closed for one newcomer; each was opened by somebody, so all closing together costs no more than all opening. */
const triesMax = 64;

/**
 * All connections of a server, and what the clients at each address hold of it: connections, parts of heads and requests sent ahead, bodies that are
 * still coming, requests through trusted proxies. Nobody is refused for a number alone, since behind an address there may be
 * one client or a proxy with thousands; but the more is taken, the less may one address have, so that another finds room.
 * Where connections are scarce, those close first that wait longest for the rest of a head, in the network with most of
 * them; then those between two requests.
 */
export class Crowd {
  readonly #limits: CrowdLimits;
  readonly #refusals: Refusals;
  readonly #all = new Groups<Member>();
  /** Those that have waited a while for a head or its rest, without a request before or with a part of one; the first of them longest. */
  readonly #waiting = new Groups<Member>();
  readonly #places: Shares;
  readonly #proxied: Shares;
  readonly #aheadBytes: Shares;
  readonly #uploadBytes: Shares;
  readonly #members = new Set<Member>();
  #emptyScanMs = Number.NEGATIVE_INFINITY;

  constructor(deps: { refusals: Refusals }, limits: CrowdLimits) {
    this.#refusals = deps.refusals;
    this.#limits = limits;
    this.#places = new Shares(limits.connectionsMax);
    this.#proxied = new Shares(limits.connectionsMax);
    this.#aheadBytes = new Shares(limits.aheadBytesTotalMax);
    this.#uploadBytes = new Shares(limits.uploadBytesTotalMax);
  }

  /** False where there is no room for the connection, which must then close. */
  admit(member: Member): boolean {
    let bound: ShareBound | undefined;
    for (let tries = 0; tries < triesMax; tries++) {
      bound = this.#takePlace(member);
      if (bound === undefined) {
        this.#members.add(member);
        this.#all.add(member.address.project, member);
        return true;
      }
      if (!this.#makeRoom(member.address)) break;
    }
    this.#note(bound === "total" ? "connections" : "connection_address", member.address);
    return false;
  }

  leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    const { address } = member;
    this.#all.delete(address.project, member);
    this.#waiting.delete(address.project, member);
    if (!member.isTrusted) this.#places.release(address, 1);
  }

  /** Its head has not come in a while, so it may close where there is need. */
  waits(member: Member): void {
    if (this.#members.has(member)) this.#waiting.add(member.address.project, member);
  }

  /** So many more bytes are held that are no request yet; fewer, where negative. False where there is no room for them. */
  holdAhead({ address }: Member, bytes: number): boolean {
    if (bytes < 0) this.#aheadBytes.release(address, -bytes);
    for (let tries = 0; bytes > 0; tries++) {
      if (this.#aheadBytes.take(address, bytes) === undefined) return true;
      if (tries < triesMax && this.#closeWaiting(address)) continue;
      this.#note("head_bytes", address);
      return false;
    }
    return true;
  }

  /** A head has come in full. */
  headCame(member: Member): void {
    this.#waiting.delete(member.address.project, member);
  }

  /** A request through a trusted proxy begins. Throws where its client has too many of them. */
  beginProxied(client: ClientAddress): void {
    const bound = this.#proxied.take(client, 1);
    if (bound === undefined) return;
    this.#note(bound === "total" ? "requests_total" : "requests_address", client);
    throw shareIsFull(client, bound, `${this.#proxied.heldBy(client.project)} requests under way`);
  }

  endProxied(client: ClientAddress): void {
    this.#proxied.release(client, 1);
  }

  /** So many bytes of a body have come, and more must follow. Throws where its client has too much on the way. */
  holdUpload(client: ClientAddress, bytes: number): void {
    const bound = this.#uploadBytes.take(client, bytes);
    if (bound === undefined) return;
    this.#note(bound === "total" ? "body_bytes_total" : "upload_address", client);
    throw shareIsFull(client, bound, `${this.#uploadBytes.heldBy(client.project)} bytes of unfinished bodies`);
  }

  endUpload(client: ClientAddress, bytes: number): void {
    this.#uploadBytes.release(client, bytes);
  }

  #takePlace(member: Member): ShareBound | undefined {
    if (this.#members.size >= this.#limits.connectionsMax) return "total";
    return member.isTrusted ? undefined : this.#places.take(member.address, 1);
  }

  /** Closes what is least missed; false where there is no such connection. */
  #makeRoom(newcomer: ClientAddress): boolean {
    return this.#closeWaiting(newcomer) || this.#closeIdle(newcomer);
  }

  /** Of the newcomer's own network, else of that with most of them. */
  #closeWaiting({ project }: ClientAddress): boolean {
    const network = this.#waiting.sizeOf(project) > 0 ? project : this.#waiting.largest;
    const [first] = network === undefined ? [] : this.#waiting.membersOf(network);
    if (first) this.#close(first);
    return first !== undefined;
  }

  #closeIdle({ project }: ClientAddress): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#emptyScanMs < scanPauseMs) return false;
    const { largest = project } = this.#all;
    const network = this.#all.sizeOf(largest) > this.#all.sizeOf(project) ? largest : project;
    const countMax = Math.ceil(this.#all.sizeOf(network) / scanPart);
    const idle: Member[] = [];
    for (const member of this.#all.membersOf(network)) {
      if (idle.length === countMax) break;
      if (member.idleSinceMs !== undefined && nowMs - member.idleSinceMs >= waitedMsMin) idle.push(member);
    }
    for (const member of idle) this.#close(member);
    if (idle.length === 0) this.#emptyScanMs = nowMs;
    return idle.length > 0;
  }

  #close(member: Member): void {
    this.#note("connection_address", member.address);
    this.leave(member);
    member.abort();
  }

  #note(reason: RefusalReason, { text }: ClientAddress): void {
    this.#refusals.note(reason, { address: text });
  }
}

function shareIsFull({ text }: ClientAddress, bound: ShareBound, held: string): SahabError {
  const details = { retryAfterS: 1 };
  if (bound === "total")
    return new SahabError("overloaded", "Sahab holds as much as it may; try again shortly", details);
  const found = `Address ${text}, with its network, has ${held}`;
  return new SahabError(
    "rate_limit_exceeded",
    `${found}, which is its share at this moment; try again when some have ended`,
    details,
  );
}
