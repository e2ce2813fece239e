import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { limitAddresses, type AddressLimit } from "./address-limit.ts";
import { AddressRanges } from "./address-ranges.ts";
import { parseDatabaseAddress, type DatabaseAddress } from "./database-address.ts";
import { findSimilar } from "./find-similar.ts";
import { parseHubs, type Hubs } from "./hub-settings.ts";
import { showText } from "./printable.ts";
import { parseProxyAddress, type ProxyAddress, type ProxySettings } from "./proxy-address.ts";
import { parseSecretSources, type SecretSources } from "./secret-sources.ts";
import { parseServerAddress } from "./server-address.ts";
import { resolveUserPath } from "./user-path.ts";

/** The settings from environment variables. They are read once at start, and nowhere else. */
export interface Environment {
  host: string;
  port: number;
  /** For the command line: the address of a Sahab, without a slash at its end. */
  url: string | undefined;
  dataDir: string;
  /** PostgreSQL, in place of the file in the data folder. */
  database: DatabaseAddress | undefined;
  adminKey: string | undefined;
  /** Where keys of role admin are good; undefined for anywhere. */
  adminAddresses: AddressLimit | undefined;
  masterKey: string | undefined;
  /** The master key before, for the start that changes it. */
  oldMasterKey: string | undefined;
  /** Names of the variables that hold a key themselves, in place of a file that they name. */
  keysInEnvironment: readonly string[];
  configFile: string | undefined;
  /** Where models may come from besides public addresses: folders, and hosts as NO_PROXY lists them; and the hubs that have names. */
  modelSources: { folders: readonly string[]; hosts: string; hubs: Hubs };
  /** Hosts of private networks that images may be fetched from, as NO_PROXY lists hosts. */
  mediaHosts: string;
  /** What providers' secrets may refer to. */
  secretSources: SecretSources;
  /** TLS in the server itself. */
  tls: TlsFiles | undefined;
  /** For the command line: its certificate, where a server asks for one. */
  clientTls: Omit<TlsFiles, "clientCaFile"> | undefined;
  workers: number;
  logLevel: string;
  /** How the log is written; undefined for lines for people on a terminal, and JSON elsewhere. */
  logFormat: "json" | "pretty" | undefined;
  /** Whether each request has a line in the log. */
  requestLog: boolean;
  /** Proxies whose `x-forwarded-for` names the client. */
  trustedProxies: AddressRanges;
  /** Names, some with a port, by which `/`, `/admin` and `/metrics` may be called; see AllowedHosts. */
  allowedHosts: readonly string[] | undefined;
  /** Whether engines run in a sandbox: where there is one, only there, or never. */
  engineSandbox: "auto" | "require" | "off";
  /** A line for each variable that is probably meant to be one of Sahab's, and is none. */
  misspelt: readonly string[];
  /** The way out. The runtime itself reads NODE_EXTRA_CA_CERTS. */
  proxies: ProxySettings;
}

/** Files in PEM: the server's certificate with those of its authorities, its key, and the authorities of clients' certificates. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
  /** Where it is given, clients need a certificate. */
  clientCaFile?: string;
}

type Variables = Record<string, string | undefined>;

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** A wrong value in the environment. The message is one line. */
export class EnvironmentError extends Error {}

/** Parses the variables that docs/settings.md lists; an empty variable counts as unset. */
export function parseEnvironment(variables: Variables): Environment {
  const asked = new Set<string>();
  const read = (name: string) => {
    asked.add(name);
    return variables[name]?.trim() || undefined;
  };
  const readPath = (name: string) => {
    const path = read(name);
    return path === undefined ? undefined : resolveUserPath(path, variables);
  };
  const readSecret = (name: string) => readSecretVariable(name, read(name), readPath(`${name}_FILE`));
  const readFolders = (name: string) =>
    (read(name) ?? "")
      .split(delimiter)
      .flatMap((path) => (path.trim() === "" ? [] : [resolveUserPath(path.trim(), variables)]));
  const dataDir = resolveUserPath(read("SAHAB_DATA") ?? join(homedir(), ".sahab"), variables);
  const environment = {
    host: read("SAHAB_HOST") ?? "127.0.0.1",
    port: parseInteger("SAHAB_PORT", read("SAHAB_PORT") ?? "8787", 0, 65535),
    url: parseUrl(read("SAHAB_URL")),
    dataDir,
    database: parseDatabase(readSecret("SAHAB_DATABASE_URL"), (path) => resolveUserPath(path, variables)),
    adminKey: parseAdminKey(readSecret("SAHAB_ADMIN_KEY")),
    adminAddresses: parseAddressLimit(read("SAHAB_ADMIN_ADDRESSES")),
    masterKey: parseMasterKey(readSecret, "SAHAB_MASTER_KEY"),
    oldMasterKey: parseMasterKey(readSecret, "SAHAB_MASTER_KEY_OLD"),
    keysInEnvironment: keyVariables.filter((name) => read(name) !== undefined),
    configFile: readPath("SAHAB_CONFIG"),
    modelSources: {
      folders: readFolders("SAHAB_MODEL_FOLDERS"),
      hosts: read("SAHAB_PULL_HOSTS") ?? "",
      hubs: parseHubs(read),
    },
    mediaHosts: read("SAHAB_MEDIA_HOSTS") ?? "",
    secretSources: orThrow(() =>
      parseSecretSources(read, variables, { folders: readFolders("SAHAB_SECRET_FILES"), dataDir }),
    ),
    tls: parseTls(readPath),
    clientTls: parsePair(readPath, "SAHAB_CLIENT_CERT", "SAHAB_CLIENT_KEY"),
    workers: parseInteger("SAHAB_WORKERS", read("SAHAB_WORKERS") ?? "1", 1, 64),
    logLevel: parseLogLevel(read("SAHAB_LOG") ?? "info"),
    logFormat: parseChoice("SAHAB_LOG_FORMAT", read("SAHAB_LOG_FORMAT"), ["json", "pretty"] as const),
    requestLog: parseChoice("SAHAB_REQUEST_LOG", read("SAHAB_REQUEST_LOG"), ["on", "off"] as const) !== "off",
    trustedProxies: parseRanges("SAHAB_TRUSTED_PROXIES", listOf(read("SAHAB_TRUSTED_PROXIES") ?? "")),
    allowedHosts: parseHosts(read("SAHAB_ALLOWED_HOSTS")),
    engineSandbox: parseChoice("SAHAB_ENGINE_SANDBOX", read("SAHAB_ENGINE_SANDBOX"), sandboxChoices) ?? "auto",
    proxies: parseProxies(read),
  };
  return { ...environment, misspelt: findMisspelt(Object.keys(variables), asked) };
}

const prefix = "SAHAB_";
/** What others read: programs that clients run, the launcher, and commands. Without the prefix. */
const othersOwn = new Set(["API_KEY", "BACKUP_PASSPHRASE", "CALLED_AS", "ENGINE_RESTRICTION", "KEY", "LAUNCHED_IN"]);

function findMisspelt(names: readonly string[], asked: ReadonlySet<string>): string[] {
  const ends = [...asked].flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return names.flatMap((name) => {
    const end = name.slice(prefix.length);
    if (!name.startsWith(prefix) || asked.has(name) || othersOwn.has(end)) return [];
    const similar = findSimilar(end, ends);
    return similar === undefined ? [] : [`${name} is no variable of Sahab; did you mean ${prefix}${similar}?`];
  });
}

function orThrow<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new EnvironmentError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const keyVariables = ["SAHAB_ADMIN_KEY", "SAHAB_MASTER_KEY", "SAHAB_MASTER_KEY_OLD"];

type ReadPath = (name: string) => string | undefined;

/** Longer than any of them: a wrong file, such as a model, is not read as one. */
const secretBytesMax = 8_192;

/** A secret in a variable itself, or in the file that the variable with `_FILE` behind its name tells, as containers and systemd give them. */
function readSecretVariable(name: string, value: string | undefined, file: string | undefined): string | undefined {
  if (file === undefined) return value;
  if (value !== undefined) throw new EnvironmentError(`${name} and ${name}_FILE are both set; one is allowed`);
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (cause) {
    const { code = "unreadable" } = cause as { code?: string };
    throw new EnvironmentError(`${name}_FILE cannot be read (${code}): ${showText(file)}`, { cause });
  }
  if (text !== "" && text.length <= secretBytesMax) return text;
  throw new EnvironmentError(
    `${name}_FILE has ${text.length} characters: ${showText(file)}; from 1 to ${secretBytesMax} are allowed`,
  );
}

function parseTls(readPath: ReadPath): TlsFiles | undefined {
  const pair = parsePair(readPath, "SAHAB_TLS_CERT", "SAHAB_TLS_KEY");
  const clientCaFile = readPath("SAHAB_TLS_CLIENT_CA");
  if (clientCaFile === undefined) return pair;
  if (pair) return { ...pair, clientCaFile };
  throw new EnvironmentError(
    "SAHAB_TLS_CLIENT_CA is set without SAHAB_TLS_CERT and SAHAB_TLS_KEY; without TLS no client could be asked for a certificate",
  );
}

function parsePair(readPath: ReadPath, certName: string, keyName: string): Omit<TlsFiles, "clientCaFile"> | undefined {
  const [certFile, keyFile] = [readPath(certName), readPath(keyName)];
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile === undefined && keyFile === undefined) return undefined;
  const [there, missing] = certFile === undefined ? [keyName, certName] : [certName, keyName];
  throw new EnvironmentError(`${there} is set without ${missing}; both are needed, each the path of a file in PEM`);
}

function parseAddressLimit(text: string | undefined): AddressLimit | undefined {
  if (text === undefined) return undefined;
  const ranges = listOf(text);
  if (parseRanges("SAHAB_ADMIN_ADDRESSES", ranges).isEmpty)
    throw new EnvironmentError(
      "SAHAB_ADMIN_ADDRESSES has no address, so no admin key would be good; unset it to allow all",
    );
  return limitAddresses(ranges);
}

function parseRanges(name: string, list: readonly string[]): AddressRanges {
  const ranges = new AddressRanges();
  for (const range of list)
    if (!ranges.add(range))
      throw new EnvironmentError(
        `${name} has "${range}"; addresses and ranges such as 10.0.0.7, 10.0.0.0/8 or fd00::/8 are allowed, with commas between them`,
      );
  return ranges;
}

const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

function parseHosts(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const hosts = listOf(text);
  const wrong = hosts.find((host) => !hostPattern.test(host));
  if (wrong !== undefined)
    throw new EnvironmentError(
      `SAHAB_ALLOWED_HOSTS has "${wrong}"; names and addresses such as sahab.example, sahab.example:8443, 10.0.0.7 or [fd00::7] are allowed, with commas between them`,
    );
  return hosts;
}

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== "");
}

/**
 * As with curl, the variable in small letters comes first. These variables are everybody's, so a wrong one fails only what would use it:
 * most commands talk to this machine.
 */
function parseProxies(read: (name: string) => string | undefined): ProxySettings {
  const wrong: NonNullable<ProxySettings["wrong"]> = {};
  const parse = (scheme: "https" | "http"): ProxyAddress | undefined => {
    const name = [`${scheme}_proxy`, `${scheme}_proxy`.toUpperCase()].find((key) => read(key) !== undefined);
    if (name === undefined) return undefined;
    try {
      return parseProxyAddress(read(name) ?? "");
    } catch (cause) {
      // The address may contain a password, so the message leaves it out.
      wrong[scheme] =
        `${name} is not the address of an HTTP proxy: ${cause instanceof Error ? cause.message : String(cause)}`;
      return undefined;
    }
  };
  const proxies = { https: parse("https"), http: parse("http"), none: read("no_proxy") ?? read("NO_PROXY") ?? "" };
  return Object.keys(wrong).length === 0 ? proxies : { ...proxies, wrong };
}

/** For a program that calls the outside all the time. Throws an EnvironmentError where a proxy's address is wrong. */
export function refuseWrongProxies({ wrong = {} }: ProxySettings): void {
  const [fault] = Object.values(wrong);
  if (fault !== undefined) throw new EnvironmentError(fault);
}

function parseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    // The bases of clients, which people have at hand.
    return parseServerAddress(text).replace(/\/(?:v1|v1beta|admin\/v1)$/, "");
  } catch (cause) {
    throw new EnvironmentError(`SAHAB_URL ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function parseInteger(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new EnvironmentError(`${name} is ${showText(text)}; a whole number from ${min} to ${max} is allowed`);
  }
  return value;
}

function parseDatabase(text: string | undefined, resolvePath: (path: string) => string): DatabaseAddress | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDatabaseAddress(text, resolvePath);
  } catch (cause) {
    // The address may contain a password, so the message leaves it out.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError(`SAHAB_DATABASE_URL is not the address of a PostgreSQL database: ${why}`, { cause });
  }
}

function parseMasterKey(read: (name: string) => string | undefined, name: string): string | undefined {
  const key = read(name);
  if (key !== undefined && key.length < 16)
    throw new EnvironmentError(`${name} has ${key.length} characters; at least 16 are needed`);
  return key;
}

function parseAdminKey(text: string | undefined): string | undefined {
  if (text !== undefined && text.length < 16) {
    throw new EnvironmentError(`SAHAB_ADMIN_KEY has ${text.length} characters; at least 16 are needed`);
  }
  if (text !== undefined && !/^[\x21-\x7e]+$/.test(text)) {
    throw new EnvironmentError(
      "SAHAB_ADMIN_KEY has characters that a header cannot carry; printable ASCII without spaces is allowed",
    );
  }
  return text;
}

const sandboxChoices = ["auto", "require", "off"] as const;

function parseLogLevel(text: string): string {
  if (!logLevels.includes(text))
    throw new EnvironmentError(`SAHAB_LOG is ${showText(text)}; allowed: ${logLevels.join(", ")}`);
  return text;
}

function parseChoice<T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  const found = allowed.find((choice) => choice === text);
  if (text === undefined || found !== undefined) return found;
  throw new EnvironmentError(`${name} is ${showText(text)}; allowed: ${allowed.join(", ")}`);
}
