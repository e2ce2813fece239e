import { callName } from "../base/called-as.ts";
import { parseEnvironment, type Environment } from "../base/environment.ts";

/**
 * How the command line is called so that it finds this machine's Sahab: with the settings that are not the usual ones. `realPort` is the
 * port that it listens on, where that is not the one of the settings.
 */
export function commandHere(
  { host, port, dataDir, tls }: Pick<Environment, "host" | "port" | "dataDir" | "tls">,
  realPort = String(port),
): string {
  const usual = parseEnvironment({});
  const variables = [
    ...(host === usual.host ? [] : [`SAHAB_HOST=${quote(host)}`]),
    ...(realPort === String(usual.port) ? [] : [`SAHAB_PORT=${realPort}`]),
    ...(dataDir === usual.dataDir ? [] : [`SAHAB_DATA=${quote(dataDir)}`]),
    // By them a command knows that the server speaks https, and trusts its certificate.
    ...(tls ? [`SAHAB_TLS_CERT=${quote(tls.certFile)}`, `SAHAB_TLS_KEY=${quote(tls.keyFile)}`] : []),
  ];
  return [...variables, callName()].join(" ");
}

/** Quotes a path for the shell if it needs quotes. */
export function quote(path: string): string {
  return /^[\w./:~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
