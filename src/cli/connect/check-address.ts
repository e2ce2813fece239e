import { isLoopback } from "../../base/address-ranges.ts";
import { isReadableOnTheWay } from "../find-server.ts";
import type { ClientProgram } from "../../connect/client-program.ts";

/** Why a program cannot work with the address at all: its maker's servers call it and do not reach it. */
export function findUnreachable(address: string, { title, callsFromElsewhere }: ClientProgram): string | undefined {
  const { hostname, protocol } = new URL(address);
  if (!callsFromElsewhere || (protocol === "https:" && !isLoopback(hostname.replace(/^\[|\]$/g, "")))) return undefined;
  return `${title}'s servers call the address, and ${address} is not one that they reach; set SAHAB_URL to a public https address of this server`;
}

/** What a program sends can be read on the way to an http address of another machine. */
export function describeReadable(address: string, { title }: ClientProgram): string[] {
  if (!isReadableOnTheWay(address)) return [];
  return [
    `${address} is not encrypted: the key and all prompts of ${title} can be read on the way; use an https address`,
  ];
}
