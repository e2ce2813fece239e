import { isIP } from "node:net";
import { groupsOf, plainAddress, type AddressRanges } from "../base/address-ranges.ts";
import type { Tenant } from "../base/shares.ts";

/**
 * Where a request comes from. As a holder of shares: of version 6 the /48, which is what a site gets, stands for the project,
 * and the /64, of which a single machine has all 2^64, for the key. Of version 4 both are the address.
 */
export interface ClientAddress extends Tenant {
  /** The whole address, for logs. */
  readonly text: string;
}

/** Undefined for a text that is no address. */
export function parseClientAddress(text: string): ClientAddress | undefined {
  if (isIP(text) === 0) return undefined;
  const address = plainAddress(text);
  if (isIP(address) === 4) return { text: address, project: address, keyId: address };
  const groups = groupsOf(address).map((group) => group.toString(16));
  const network = `${groups.slice(0, 3).join(":")}::/48`;
  return { text: address, project: network, keyId: `${groups.slice(0, 4).join(":")}::/64` };
}

/** Proxies in a row are few. What is further to the left is the caller's own text. */
const hopsMax = 20;

/**
 * The client that a trusted proxy at `peer` names: the last entry of `x-forwarded-for` that is no trusted proxy itself. The entries before it
 * are what that client wrote, and count for nothing.
 */
export function forwardedClient(peer: ClientAddress, forwarded: string | null, trusted: AddressRanges): ClientAddress {
  let client = peer;
  let end = forwarded?.length ?? 0;
  for (let hop = 0; forwarded !== null && hop < hopsMax && end > 0; hop++) {
    const comma = forwarded.lastIndexOf(",", end - 1);
    const found = parseClientAddress(withoutPort(forwarded.slice(comma + 1, end).trim()));
    // A trusted proxy that does not know its client says so in a word.
    if (!found) return client;
    client = found;
    if (comma === -1 || !trusted.includes(found.text)) return client;
    end = comma;
  }
  return client;
}

function withoutPort(text: string): string {
  const [, inBrackets, plain] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  return inBrackets ?? plain ?? text;
}
