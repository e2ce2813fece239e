import type { Environment } from "../base/environment.ts";
import { describeKey } from "../base/describe-key.ts";
import { createOwnerProof, ownerHeader } from "../base/owner-proof.ts";
import { authorityOf, type ProxyAddress } from "../base/proxy-address.ts";
import { dataFolder } from "../server/data-folder.ts";
// Not through the door: every command would load all of the transport.
import { chooseProxy } from "../transport/choose-proxy.ts";
import { clientTls } from "./client-tls.ts";
import { CommandError, type ServerError } from "./command-error.ts";
import { findServer, isOwnServer, isReadableOnTheWay, type Server } from "./find-server.ts";
import { PassingError } from "./passing-error.ts";
import { printError } from "./print.ts";

export { CommandError };

/** Calls a running Sahab with the key that belongs to its address. */
export interface Client {
  address: string;
  request(path: string, init?: RequestOptions): Promise<Response>;
  json<T>(path: string, init?: RequestOptions): Promise<T>;
}

interface RequestOptions {
  method?: string;
  body?: unknown;
  text?: string;
  contentType?: string;
  signal?: AbortSignal;
  /** The request may name files of this machine, where its server is the one that is called and its data folder this user's. */
  asOwner?: boolean;
  /** No key is needed nor sent, and the answer is returned whatever its status is. */
  isOpen?: boolean;
}

/** By default for the server that the environment and `sahab login` name. */
export function openClient(environment: Environment, server: Server = findServer(environment)): Client {
  const { address, key } = server;
  // What listens on this machine's own address is reached by no proxy, whatever the address is.
  const proxy = isOwnServer(environment, address) ? undefined : chooseProxy(environment.proxies, new URL(address));
  const tls = clientTls(environment, address);

  const request: Client["request"] = async (path, init = {}) => {
    if (init.isOpen !== true) {
      if (key === undefined) throw new CommandError(await describeNoKey(environment, server));
      warnOnce(address);
    }
    const { modelsDir } = dataFolder(environment.dataDir);
    const proof = init.asOwner && isOwnServer(environment, address) ? createOwnerProof(modelsDir) : undefined;
    const body = init.text ?? (init.body === undefined ? undefined : JSON.stringify(init.body));
    let response: Response;
    try {
      response = await fetch(address + path, {
        method: init.method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          ...(init.isOpen !== true && { authorization: `Bearer ${key}` }),
          ...(proof && { [ownerHeader]: proof.id }),
          ...(body === undefined ? {} : { "content-type": init.contentType ?? "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        ...(init.signal ? { signal: init.signal } : {}),
        timeout: false,
        ...(tls && { tls }),
        // The runtime's own choice would send the key through HTTP_PROXY even to this machine.
        proxy: proxy
          ? {
              url: `http://${authorityOf(proxy)}`,
              ...(proxy.authorization && { headers: { "proxy-authorization": proxy.authorization } }),
            }
          : false,
        // The key belongs to this address, not to where it leads on.
        redirect: "manual",
      } as RequestInit);
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new PassingError(describeUnreachable(server, cause) + describeWay(address, proxy, cause), { cause });
    } finally {
      proof?.remove();
    }
    if (response.ok || init.isOpen === true) return response;
    if (response.status >= 300 && response.status < 400) {
      const to = response.headers.get("location") ?? "";
      const target = URL.canParse(to, address) ? new URL(to, address).origin : "elsewhere";
      await response.body?.cancel();
      throw new CommandError(
        `${address} (${server.origin}) leads on to ${target}, and the key is not sent there; name the server's own address`,
      );
    }
    throw await failureOf(response, server, describeWay(address, proxy));
  };

  return {
    address,
    request,
    json: async <T>(path: string, init?: RequestOptions) => (await (await request(path, init)).json()) as T,
  };
}

const warned = new Set<string>();

/** Says it before the key is sent, once in a process. */
export function warnOnce(address: string): void {
  if (warned.has(address) || !isReadableOnTheWay(address)) return;
  warned.add(address);
  printError(
    `warning: ${address} is not encrypted: whoever is on the way there can read the key and all that is sent; use an https address`,
  );
}

/** An admin is not sent to a start of Sahab where one runs: then its data folder, or its key, is another. */
async function describeNoKey(environment: Environment, server: Server): Promise<string> {
  const none = "There is no admin key:";
  if (server.origin !== "SAHAB_HOST and SAHAB_PORT" || !(await isAlive(server.address)))
    return `${none} ${server.keyHint}`;
  const { adminKeyFile } = dataFolder(environment.dataDir);
  return `${none} a Sahab answers at ${server.address}, but its key is not in ${adminKeyFile}. Set SAHAB_DATA to its data folder, or SAHAB_ADMIN_KEY to its key, which is in admin.key there`;
}

async function isAlive(address: string): Promise<boolean> {
  try {
    const init = { signal: AbortSignal.timeout(aliveMsMax), redirect: "manual", proxy: false };
    return (await fetch(`${address}/healthz`, init as RequestInit)).ok;
  } catch {
    return false;
  }
}

const aliveMsMax = 2_000;

function describeUnreachable({ address, origin }: Server, cause: unknown): string {
  const { code = "" } = cause as { code?: string };
  if (isDistrust(code))
    return `${address} (${origin}) shows a certificate that is not trusted here (${code}); name its authority's file in NODE_EXTRA_CA_CERTS if it is right`;
  if (address.startsWith("https:") && isEndOfTls(code))
    return `${address} (${origin}) ends the TLS handshake (${code}); it may speak http and not https there, or ask for a client's certificate (SAHAB_CLIENT_CERT and SAHAB_CLIENT_KEY)`;
  if (origin === "SAHAB_HOST and SAHAB_PORT")
    return `No Sahab answers at ${address}. Start it with: sahab up (or set SAHAB_HOST and SAHAB_PORT to where it runs; for one elsewhere: SAHAB_URL, or sahab login)`;
  // A server that speaks TLS closes what does not begin with it.
  const isCut = address.startsWith("http:") && code === "ECONNRESET";
  return `No Sahab answers at ${address}, which ${origin} names${code ? ` (${code})` : ""}${isCut ? "; it may speak https there, and not http" : ""}`;
}

const isDistrust = (code: string) => /CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code);
const isEndOfTls = (code: string) => /ECONNRESET|EPROTO|SSL|TLS/.test(code);

/** Whether what a client threw tells of something that listens there and speaks, with which no TLS came about. */
export function isAnswered({ cause }: Error): boolean {
  const { code = "" } = (cause ?? {}) as { code?: string };
  return isDistrust(code) || isEndOfTls(code);
}

function looks(key: string | undefined): string {
  const description = key === undefined ? undefined : describeKey(key);
  return description === undefined ? "" : `: it ${description}`;
}

/** The end of a sentence on a call that a proxy may have spoilt. */
function describeWay(address: string, proxy: ProxyAddress | undefined, cause?: unknown): string {
  if (!proxy) return "";
  const { code, message = "" } = (cause ?? {}) as { code?: string; message?: string };
  const said = code === "ERR_PROXY_TUNNEL" ? `, which answered ${message.replace(/^.*: /, "")}` : "";
  const variable = address.startsWith("https:") ? "HTTPS_PROXY" : "HTTP_PROXY";
  return `; it was called through the proxy ${authorityOf(proxy)} (${variable})${said}; NO_PROXY lists what is called without it`;
}

async function failureOf(response: Response, server: Server, way: string): Promise<CommandError> {
  const text = await response.text();
  const Failure = response.status >= 502 && response.status <= 504 ? PassingError : CommandError;
  try {
    const { error } = JSON.parse(text) as { error: ServerError };
    return new Failure(describeFailure(error, server), { answer: error });
  } catch {
    const isWords = response.headers.get("content-type")?.startsWith("text/plain") === true && text.length <= 200;
    return new Failure(`The server answered with status ${response.status}${isWords ? `: ${text.trim()}` : ""}${way}`);
  }
}

function describeFailure(error: ServerError, { address, key, keyFrom }: Server): string {
  const { place } = keyFrom;
  // The server cannot know which of this machine's settings its caller's key is from.
  if (error.code === "invalid_api_key")
    return `${place.slice(0, 1).toUpperCase()}${place.slice(1)} is not ${keyFrom.what ?? "an admin key"} of the server at ${address}${looks(key)}; ${keyFrom.advice} (${error.code})`;
  const isOfKey = ["revoked_api_key", "expired_api_key", "forbidden"].includes(error.code);
  return `${error.message} (${error.code}${isOfKey ? `; what was sent is ${place}` : ""})`;
}
