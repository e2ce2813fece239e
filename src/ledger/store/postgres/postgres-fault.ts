import { describeDatabase, type DatabaseAddress } from "../../../base/database-address.ts";

/** What the server itself says. The driver's class is not loaded here, since SQLite's users do without it. */
type ServerError = Error & { code: string; severity: string };

function isSaidByServer(error: unknown): error is ServerError {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return error instanceof Error && typeof code === "string" && typeof severity === "string";
}

/** The server itself says what is wrong, and the connection stays good. */
export function isServerFault(error: unknown): error is ServerError {
  return isSaidByServer(error) && error.severity !== "FATAL" && error.severity !== "PANIC";
}

/** Values that the table can never hold, by their classes of codes: out of range or malformed, or against a constraint. */
export function isUnfit(error: unknown): error is ServerError {
  return isServerFault(error) && /^(?:22|23|54)/.test(error.code);
}

/**
 * Two transactions waited for each other, or one for more than its time: run again, it succeeds.
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isRepeatable(error: unknown): boolean {
  return isServerFault(error) && (error.code === "40001" || error.code === "40P01");
}

/** A fault of the database or the way there, which another call may not meet. */
export function isAway(error: unknown): boolean {
  if (isSaidByServer(error)) return /^(?:08|40|53|55|57|58|25006|XX)/.test(error.code);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: string };
  return (
    /^(?:E[A-Z]+|ERR_SOCKET.*)$/.test(code ?? "") ||
    /^(?:Connection terminated|timeout e|no answer)/.test(error.message)
  );
}

/** Why a database cannot be opened, and what to do; one line, without the password. */
export function describeOpening(error: unknown, address: DatabaseAddress): string {
  const { host, port, database, user } = address;
  const server = host.startsWith("/") ? `the socket in ${host} (port ${port})` : `${host}:${port}`;
  const { code = "", message } = error as { code?: string; message: string };
  const found = (text: string) => `Cannot open the database ${describeDatabase(address)}: ${text}`;
  if (isSaidByServer(error)) {
    if (code === "3D000")
      return found(`the server has no database "${database}". Create it: createdb -O ${user} ${database}`);
    if (code === "28P01" || code === "28000")
      return found(
        `the server does not let the user "${user}" in (${message}). Look at user and password in SAHAB_DATABASE_URL, and at the server's pg_hba.conf`,
      );
    if (code === "42501")
      return found(
        `the user "${user}" lacks rights there (${message}). Give it the database (ALTER DATABASE ${database} OWNER TO ${user}), or the right to create tables (GRANT CREATE ON SCHEMA public TO ${user})`,
      );
    if (code === "53300")
      return found("the server has no connection left. Raise its max_connections, or stop other programs");
    if (code === "25006") return found("the server takes no writes; it is a standby. Name the primary");
    return found(message);
  }
  if (code === "ECONNREFUSED" || code === "ENOENT")
    return found(`nothing listens at ${server}. Start PostgreSQL, or correct SAHAB_DATABASE_URL`);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "DNS_ENOTFOUND")
    return found(`there is no host of the name ${host}. Correct SAHAB_DATABASE_URL`);
  if (/does not support SSL/.test(message))
    return found(
      `the server does not speak TLS, and sslmode=${address.sslMode} demands it. Switch ssl on there, or, in a network that you trust, use sslmode=disable`,
    );
  if (/certificate|self.signed|altname|CERT_|unable to (?:get|verify)/i.test(`${message} ${code}`))
    return found(
      `the server's certificate is not good for sslmode=${address.sslMode} (${message}). Name the file of its authority with sslrootcert, and the host as the certificate does`,
    );
  if (/timeout/i.test(message)) return found(`${server} did not answer in time. Is a firewall in between?`);
  return found(message);
}
