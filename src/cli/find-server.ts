import { networkInterfaces } from "node:os";
import { isLoopback } from "../base/address-ranges.ts";
import type { Environment } from "../base/environment.ts";
import { dataFolder, readSecretFile, StartError } from "../server/data-folder.ts";
import { CommandError } from "./command-error.ts";
import { readLogin } from "./login-file.ts";

/** The Sahab that the command line talks to. */
export interface Server {
  /** Scheme, host, port and path, without a slash at its end. */
  address: string;
  key: string | undefined;
  /** Where the address is from, for messages. */
  origin: "SAHAB_URL" | "sahab login" | "SAHAB_HOST and SAHAB_PORT";
  /** Where the key is from, as within a sentence, and what to do where it is not good. */
  keyFrom: KeyFrom;
  /** Why there is no key, as the end of a sentence. */
  keyHint: string;
}

interface KeyFrom {
  place: string;
  /** What it should be; an admin key where nothing is said. */
  what?: string;
  advice: string;
}

/**
 * The address is SAHAB_URL, else the one that `sahab login` remembers, else this machine's. Each address has its own key: the
 * one remembered for it, or that of this machine's server in the data folder. SAHAB_ADMIN_KEY is for SAHAB_URL, or without
 * one for this machine's server; a remembered address never gets it.
 */
export function findServer(environment: Environment): Server {
  const login = readLogin(environment.dataDir);
  if (environment.url !== undefined) {
    const address = withOwnScheme(environment, environment.url);
    const remembered = login?.address === environment.url ? login.key : undefined;
    const key =
      environment.adminKey ?? remembered ?? (isOwnServer(environment, address) ? readAdminKey(environment) : undefined);
    const keyHint = `none is known for ${address}, which SAHAB_URL names; run: sahab login ${address} (or set SAHAB_ADMIN_KEY)`;
    const ofLogin = remembered === undefined ? fromFile(environment) : fromLogin(address);
    const keyFrom = environment.adminKey === undefined ? ofLogin : fromVariable;
    return { address, key, origin: "SAHAB_URL", keyFrom, keyHint };
  }
  if (login) {
    const { address } = login;
    return { ...login, origin: "sahab login", keyFrom: fromLogin(address), keyHint: `run: sahab login ${address}` };
  }
  return {
    address: ownAddress(environment),
    key: environment.adminKey ?? readAdminKey(environment),
    origin: "SAHAB_HOST and SAHAB_PORT",
    keyFrom: environment.adminKey === undefined ? fromFile(environment) : fromVariable,
    keyHint: `${dataFolder(environment.dataDir).adminKeyFile} does not exist and SAHAB_ADMIN_KEY is not set. Start Sahab once with: sahab up (or use one elsewhere: sahab login ADDRESS)`,
  };
}

const fromVariable: KeyFrom = {
  place: "SAHAB_ADMIN_KEY",
  advice: "set it to a key that the server has, or unset it to use the one that is kept",
};

function fromLogin(address: string): KeyFrom {
  return { place: "the key that sahab login remembers", advice: `log in again: sahab login ${address}` };
}

function fromFile({ dataDir }: Environment): KeyFrom {
  const advice = "if the server has another SAHAB_DATA or a SAHAB_ADMIN_KEY, set the same here";
  return { place: `the key in ${dataFolder(dataDir).adminKeyFile}`, advice };
}

/** Where the server of this machine listens. */
function ownAddress({ host, port, tls }: Environment): string {
  const wildcard = host === "0.0.0.0" || host === "::";
  return `${tls ? "https" : "http"}://${wildcard ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** With https where it is this machine's server, which speaks TLS by the same environment and then answers to no http. */
function withOwnScheme(environment: Environment, address: string): string {
  const isWrong = environment.tls !== undefined && address.startsWith("http:") && isOwnServer(environment, address);
  return isWrong ? address.replace(/^http:/, "https:") : address;
}

/** What is sent to the address can be read on the way there. */
export function isReadableOnTheWay(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol === "https:" || isLoopback(host)) return false;
  return !Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === host));
}

/** Whether an address is that of this machine's server. The scheme and path may differ, since it may speak TLS. */
export function isOwnServer(environment: Environment, address: string): boolean {
  const [one, other] = [new URL(address), new URL(ownAddress(environment))];
  const portOf = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");
  const hostOf = (url: URL) => (isLoopback(url.hostname.replace(/^\[|\]$/g, "")) ? "localhost" : url.hostname);
  return hostOf(one) === hostOf(other) && portOf(one) === portOf(other);
}

/** Whether this is what the data folder's admin.key says. */
export function isOwnAdminKey(environment: Environment, key: string): boolean {
  try {
    return readAdminKey(environment) === key;
  } catch {
    return false;
  }
}

function readAdminKey(environment: Environment): string | undefined {
  const { adminKeyFile } = dataFolder(environment.dataDir);
  try {
    return readSecretFile(adminKeyFile)?.trim();
  } catch (cause) {
    if (cause instanceof StartError) throw new CommandError(cause.message, { cause });
    throw new CommandError(
      `Cannot read the admin key in ${adminKeyFile}: it belongs to another user. Run this as that user, or set SAHAB_ADMIN_KEY`,
      { cause },
    );
  }
}
