/** How a connection to PostgreSQL is secured; the words and what they mean are those of libpq. */
export const sslModes = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof sslModes)[number];

/** A database of PostgreSQL, as `postgres://` addresses it. */
export interface DatabaseAddress {
  /** Name or address, IPv6 without brackets; or the folder of a unix socket. */
  host: string;
  port: number;
  database: string;
  user: string;
  /** Secret. */
  password: string | undefined;
  sslMode: SslMode;
  /** Files in PEM. */
  caFile: string | undefined;
  certFile: string | undefined;
  keyFile: string | undefined;
}

/** The parameters of libpq that are understood; the others would be left out without a word, so they are refused. */
const parameters = ["host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey"];
const example = "postgres://user:password@host:5432/database";

/**
 * Parses `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=FILE`. `resolvePath` makes paths of files absolute.
 * Throws an Error that says what is allowed, and repeats nothing of what may be a password.
 */
export function parseDatabaseAddress(text: string, resolvePath: (path: string) => string): DatabaseAddress {
  // A host may be left out where `?host=` names the folder of a socket; URL knows no address with a user and no host.
  const isSocket = /^postgres(?:ql)?:\/\/(?:[^/?#]*@)?[/?]/i.test(text);
  const address = isSocket ? text.replace(/^([a-z]+:\/\/(?:[^/?#]*@)?)/i, "$1socket") : text;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hash !== "")
    throw new Error(`expected an address such as ${example}, with special characters of the password as %XX`);
  // Where a password was not escaped, a part of it may look like a parameter: its name is not repeated.
  if (!url.searchParams.keys().every((name) => parameters.includes(name)))
    throw new Error(`it has an unknown parameter after the "?"; allowed: ${parameters.join(", ")}`);
  const given = (name: string) => url.searchParams.get(name) || undefined;
  const file = (name: string) => {
    const path = given(name);
    return path === undefined ? undefined : resolvePath(path);
  };
  const host = given("host") ?? (isSocket ? "/var/run/postgresql" : decode(url.hostname).replace(/^\[|\]$/g, ""));
  if (host.includes(",")) throw new Error("it names several hosts; one is allowed");
  const port = Number(given("port") ?? (url.port || 5432));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error("its port is not from 1 to 65535");
  const user = given("user") ?? decode(url.username);
  if (user === "") throw new Error(`it names no user; expected an address such as ${example}`);
  const sslMode = parseMode(given("sslmode"), host);
  const caFile = file("sslrootcert");
  const [certFile, keyFile] = [file("sslcert"), file("sslkey")];
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new Error("it has only one of sslcert and sslkey; both are needed");
  return {
    host,
    port,
    database: given("dbname") ?? (decode(url.pathname.slice(1)) || user),
    user,
    password: given("password") ?? (url.password === "" ? undefined : decode(url.password)),
    sslMode,
    caFile,
    certFile,
    keyFile,
  };
}

/** The address as it may be shown: without its password. */
export function describeDatabase({ host, port, database, user }: DatabaseAddress): string {
  if (host.startsWith("/")) return `postgres://${user}@/${database}?host=${host}&port=${port}`;
  return `postgres://${user}@${host.includes(":") ? `[${host}]` : host}:${port}/${database}`;
}

function parseMode(text: string | undefined, host: string): SslMode {
  if (host.startsWith("/")) return "disable";
  if (text === undefined) return "prefer";
  const mode = sslModes.find((known) => known === text);
  if (mode) return mode;
  throw new Error(`its sslmode is ${JSON.stringify(text.slice(0, 40))}; allowed: ${sslModes.join(", ")}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
