import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { checkServerIdentity, getCACertificates, type PeerCertificate } from "node:tls";
import type { Environment } from "../base/environment.ts";
import { CommandError } from "./command-error.ts";
import { isOwnServer } from "./find-server.ts";

/** The runtime's options for a call over TLS. */
export interface ClientTls {
  ca?: string[];
  cert?: string;
  key?: string;
  checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * How the command line speaks TLS with an address. This machine's server is known by the very certificate that SAHAB_TLS_CERT
 * names, by whatever name it is called; SAHAB_CLIENT_CERT is shown to any server that asks for one.
 */
export function clientTls(environment: Environment, address: string): ClientTls | undefined {
  if (!address.startsWith("https:")) return undefined;
  const { tls, clientTls: own } = environment;
  const pinned = tls && isOwnServer(environment, address) ? readIfAllowed(tls.certFile) : undefined;
  return {
    ...(pinned !== undefined && { ca: [...getCACertificates("default"), pinned], checkServerIdentity: pinTo(pinned) }),
    ...(own && { cert: read(own.certFile, "SAHAB_CLIENT_CERT"), key: read(own.keyFile, "SAHAB_CLIENT_KEY") }),
  };
}

function pinTo(pem: string): NonNullable<ClientTls["checkServerIdentity"]> {
  const { fingerprint256 } = new X509Certificate(pem);
  return (host, certificate) =>
    certificate.fingerprint256 === fingerprint256 ? undefined : checkServerIdentity(host, certificate);
}

/** The command may run as another user and be unable to read the server's certificate; then the usual authorities are trusted. */
function readIfAllowed(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    new X509Certificate(text);
    return text;
  } catch {
    return undefined;
  }
}

function read(path: string, variable: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CommandError(`${variable}: cannot read ${path} (${(cause as { code?: string }).code ?? String(cause)})`, {
      cause,
    });
  }
}
