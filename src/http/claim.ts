import type { AddressRanges } from "../base/address-ranges.ts";
import { forwardedClient, type ClientAddress } from "./client-address.ts";
import { waitedMsMin, type Crowd, type Member } from "./crowd.ts";

/** What one connection holds of the crowd's shares. Heads in part count for its own address, uploads for the client of the present request. */
export class Claim {
  readonly #member: Member;
  readonly #crowd: Crowd;
  readonly #trustedProxies: AddressRanges;
  /** The other end, or the client that a trusted proxy names. */
  #client: ClientAddress;
  /** The first head, or the rest of one, has not come. */
  #isAwaited = true;
  /** Of a head in part, and of what was sent ahead. */
  #aheadBytes = 0;
  /** Of the present request's body, counted while it comes. */
  #uploadBytes = 0;

  constructor(member: Member, deps: { crowd: Crowd; trustedProxies: AddressRanges }) {
    this.#member = member;
    this.#crowd = deps.crowd;
    this.#trustedProxies = deps.trustedProxies;
    this.#client = member.address;
  }

  get client(): ClientAddress {
    return this.#client;
  }

  /** So many bytes in all are held that are not understood yet. False where there is no room, and the connection must close. */
  holdAhead(bytes: number): boolean {
    const added = bytes - this.#aheadBytes;
    if (added === 0) return true;
    if (!this.#crowd.holdAhead(this.#member, added)) return false;
    this.#aheadBytes = bytes;
    return true;
  }

  /** Part of a head has come. */
  awaitHead(): void {
    this.#isAwaited = true;
  }

  /** The head has come in full, or will not. */
  headCame(): void {
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#crowd.headCame(this.#member);
  }

  sweep(nowMs: number): void {
    const { idleSinceMs } = this.#member;
    if (this.#isAwaited && idleSinceMs !== undefined && nowMs - idleSinceMs >= waitedMsMin)
      this.#crowd.waits(this.#member);
  }

  /** A request begins. Through a trusted proxy it counts for the client that this names; throws where that has too many. */
  begin(headers: { get(name: string): string | null }): void {
    if (!this.#member.isTrusted) return;
    const client = forwardedClient(this.#member.address, headers.get("x-forwarded-for"), this.#trustedProxies);
    // The proxy itself, which asks whether Sahab lives, or does not say for whom it asks.
    if (this.#trustedProxies.includes(client.text)) return;
    this.#crowd.beginProxied(client);
    this.#client = client;
  }

  /** The request is over. */
  end(): void {
    this.endUpload();
    if (this.#client === this.#member.address) return;
    this.#crowd.endProxied(this.#client);
    this.#client = this.#member.address;
  }

  /** Bytes of a body that is not whole yet. Throws where its client has too much on the way. */
  holdUpload(bytes: number): void {
    this.#crowd.holdUpload(this.#client, bytes);
    this.#uploadBytes += bytes;
  }

  endUpload(): void {
    if (this.#uploadBytes === 0) return;
    this.#crowd.endUpload(this.#client, this.#uploadBytes);
    this.#uploadBytes = 0;
  }

  /** The connection is gone. */
  release(): void {
    this.headCame();
    this.end();
    this.holdAhead(0);
    this.#crowd.leave(this.#member);
  }
}
