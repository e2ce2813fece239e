import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseProxyAddress, type ProxyAddress, type ProxySettings } from "./proxy-address.ts";

/** The settings from environment variables. They are read once at start, and nowhere else. */
export interface Environment {
  host: string;
  port: number;
  dataDir: string;
  databaseUrl: string | undefined;
  adminKey: string | undefined;
  masterKey: string | undefined;
  configFile: string | undefined;
  workers: number;
  logLevel: string;
  /** Whether engines run in a sandbox: where there is one, only there, or never. */
  engineSandbox: "auto" | "require" | "off";
  /** The way out. The runtime itself reads NODE_EXTRA_CA_CERTS. */
  proxies: ProxySettings;
}

type Variables = Record<string, string | undefined>;

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** A wrong value in the environment. The message is one line. */
export class EnvironmentError extends Error {}

/** Parses the variables that the README lists; an empty variable counts as unset. */
export function parseEnvironment(variables: Variables): Environment {
  const read = (name: string) => variables[name]?.trim() || undefined;
  return {
    host: read("SAHAB_HOST") ?? "127.0.0.1",
    port: parseInteger("SAHAB_PORT", read("SAHAB_PORT") ?? "8787", 0, 65535),
    dataDir: resolve(read("SAHAB_DATA") ?? join(homedir(), ".sahab")),
    databaseUrl: parseDatabaseUrl(read("SAHAB_DATABASE_URL")),
    adminKey: parseAdminKey(read("SAHAB_ADMIN_KEY")),
    masterKey: read("SAHAB_MASTER_KEY"),
    configFile: read("SAHAB_CONFIG"),
    workers: parseInteger("SAHAB_WORKERS", read("SAHAB_WORKERS") ?? "1", 1, 64),
    logLevel: parseLogLevel(read("SAHAB_LOG") ?? "info"),
    engineSandbox: parseSandbox(read("SAHAB_ENGINE_SANDBOX") ?? "auto"),
    proxies: {
      https: parseProxy(read, "https_proxy"),
      http: parseProxy(read, "http_proxy"),
      none: read("no_proxy") ?? read("NO_PROXY") ?? "",
    },
  };
}

/** As with curl, the variable in small letters comes first. */
function parseProxy(read: (name: string) => string | undefined, name: string): ProxyAddress | undefined {
  const found = [name, name.toUpperCase()].find((key) => read(key) !== undefined);
  if (found === undefined) return undefined;
  try {
    return parseProxyAddress(read(found) ?? "");
  } catch (cause) {
    // The address may contain a password, so the message leaves it out.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError(`${found} is not the address of an HTTP proxy: ${why}`, { cause });
  }
}

function parseInteger(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new EnvironmentError(`${name} is "${text}"; a whole number from ${min} to ${max} is allowed`);
  }
  return value;
}

function parseDatabaseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // The address may contain a password, so the message leaves it out.
  throw new EnvironmentError(
    "SAHAB_DATABASE_URL is set, but this version keeps its state in SQLite only; unset it to start",
  );
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

function parseLogLevel(text: string): string {
  if (!logLevels.includes(text)) throw new EnvironmentError(`SAHAB_LOG is "${text}"; allowed: ${logLevels.join(", ")}`);
  return text;
}

function parseSandbox(text: string): Environment["engineSandbox"] {
  if (text === "auto" || text === "require" || text === "off") return text;
  throw new EnvironmentError(`SAHAB_ENGINE_SANDBOX is "${text}"; allowed: auto, require, off`);
}
