import { isIP } from "node:net";
import { kindOfAddress } from "../base/address-kind.ts";
import { isLoopback } from "../base/address-ranges.ts";
import { SahabError } from "../base/errors.ts";
import type { Attempt } from "../call/index.ts";
import type { ProxySettings } from "../base/proxy-address.ts";
import { resolveBySystem, type Resolve } from "./address-book.ts";
import { chooseProxy, isListed } from "./choose-proxy.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { HttpPool } from "./http-pool.ts";

/** Real hubs lead on once or twice. */
const redirectsMax = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Where an address that somebody else chose may lead. */
interface AddressRules {
  /** Hosts that may be in a private network, as NO_PROXY lists hosts, and the setting that lists them. */
  hosts: string;
  hostsSetting: string;
  /** A loopback or private address is allowed where the caller has named that very address. */
  allowsNamed: boolean;
  /** Addresses of this machine and of private networks are allowed; never those at which clouds give out secrets. */
  allowsPrivate?: boolean;
  /** What allows an address that is refused, where that is not a list of hosts. */
  hint?: string;
  proxies: ProxySettings;
  /** How names are looked up; the operating system's way by default. */
  resolve?: Resolve | undefined;
}

interface OpenOptions {
  rules: AddressRules;
  attempt: Attempt;
  connectMs: number;
  /** Secrets for the named address: sent to its own origin, never to where it leads on. */
  ownHeaders?: Readonly<Record<string, string>> | undefined;
  /** Told each answer, those that lead on among them. */
  onAnswer?: ((answer: HttpAnswer) => void) | undefined;
}

/**
 * Asks for an http(s) address and follows where it leads. Each hop must be http or https, must not fall back from https to http,
 * and must lead to a public address; the address that is connected to is checked, so a name that resolves differently
 * the next time does not help. Hosts that the owner lists are allowed in all cases. Throws `invalid_request` for a hop that is refused.
 */
export async function openCheckedAddress(
  source: URL,
  headers: Readonly<Record<string, string>>,
  options: OpenOptions,
): Promise<HttpAnswer> {
  let url = source;
  for (let hops = 0; ; hops++) {
    const answer = await ask(url, source, headers, options);
    options.onAnswer?.(answer);
    if (!redirects.has(answer.status)) return answer;
    const location = answer.header("location") ?? "";
    await answer.cancel();
    if (hops === redirectsMax) throw refused(`it leads on more than ${redirectsMax} times`);
    url = nextHop(url, location);
  }
}

function nextHop(from: URL, location: string): URL {
  if (location === "" || !URL.canParse(location, from.href)) throw refused("it leads on to an address that is none");
  const to = new URL(location, from);
  if (to.protocol !== "https:" && to.protocol !== "http:")
    throw refused(`it leads on to ${to.protocol}, where http and https are allowed`);
  if (from.protocol === "https:" && to.protocol === "http:")
    throw refused(`it leads on from https to http (${to.host}), where anybody on the way could change the file`);
  return to;
}

/** Posts a body to an http(s) address that is checked in the same way. An answer that leads on is not followed. */
export function postToCheckedAddress(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  options: OpenOptions,
): Promise<HttpAnswer> {
  return ask(url, url, headers, options, body);
}

async function ask(
  url: URL,
  source: URL,
  headers: Readonly<Record<string, string>>,
  { rules, attempt, connectMs, ownHeaders }: OpenOptions,
  body?: Uint8Array,
): Promise<HttpAnswer> {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const isAllowed = (address: string) => mayConnect(url, source, host, address, rules);
  const named = rules.allowsNamed
    ? "one of this machine or of a private network is allowed where it is itself what was asked for, and hosts"
    : "others are allowed for hosts";
  const hint = rules.hint ?? `${named} that the owner of the machine lists in ${rules.hostsSetting}`;
  const explain = () => refused(`${host} is not a public address; ${hint}`);
  if (isIP(host) && !isAllowed(host)) throw explain();
  const lookUp = rules.resolve ?? resolveBySystem;
  const proxy = chooseProxy(rules.proxies, url);
  // A proxy finds the address by itself. What is known of the name here is checked all the same.
  const known = proxy && !isIP(host) ? await lookUp(host).catch(() => []) : [];
  if (known.length > 0 && !known.some(isAllowed)) throw explain();
  const resolve = async (name: string) => {
    const found = await lookUp(name);
    const allowed = found.filter(isAllowed);
    if (found.length > 0 && allowed.length === 0) throw explain();
    return allowed;
  };
  const pool = new HttpPool({ address: url, proxy, ...(!proxy && { resolve }) });
  const own = url.origin === source.origin ? { ...basicAuthorization(source), ...ownHeaders } : {};
  const method = body ? "POST" : "GET";
  const head = pool.requestHead(url, { ...headers, ...own, connection: "close" }, method);
  const length = body ? `content-length: ${body.length}\r\n` : "";
  try {
    return await pool.send(`${head}${length}\r\n`, body ? [body] : [], {
      attempt,
      connectMs,
      answerMs: Number.POSITIVE_INFINITY,
    });
  } catch (error) {
    // The dialler says only that the name could not be resolved.
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof SahabError && cause.code === "invalid_request") throw cause;
    throw error;
  }
}

function mayConnect(url: URL, source: URL, host: string, address: string, rules: AddressRules): boolean {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (isListed(rules.hosts, host, port) || isListed(rules.hosts, address, port)) return true;
  const kind = kindOfAddress(address);
  if (kind === "public") return true;
  if (rules.allowsPrivate && (kind === "loopback" || kind === "private")) return true;
  if (!rules.allowsNamed) return false;
  // A name does not count as naming its address: what it resolves to is for others to say.
  const isNamed = url.origin === source.origin && (isIP(host) !== 0 || isLoopback(host));
  return isNamed && (kind === "loopback" || (kind === "private" && isIP(host) !== 0));
}

function basicAuthorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString("base64")}` };
}

function refused(why: string): SahabError {
  return new SahabError("invalid_request", why);
}
