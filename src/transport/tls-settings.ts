import type { Socket } from "bun";
import { isIP } from "node:net";
import { checkServerIdentity, getCACertificates } from "node:tls";

/** How a server proves who it is. */
export interface TlsSettings {
  /** Certificates in PEM that are trusted beside those that the runtime trusts (its own list and NODE_EXTRA_CA_CERTS). */
  ca?: string | undefined;
  /** Any certificate is accepted. */
  insecure?: boolean | undefined;
}

/** In the form of the handshake: each name after its length. */
const http11 = Buffer.from("\x08http/1.1", "latin1");

/**
 * The runtime's options for a handshake with a host; TLS 1.2 is the least that it accepts by default. The certificate's chain
 * and its names are checked by the runtime. The name that is sent ahead (SNI) is never an address (RFC 6066, §3).
 */
export function tlsOptions(host: string, settings: TlsSettings, isTunnelled: boolean): Bun.TLSOptions {
  const isAddress = isIP(host) !== 0;
  return {
    serverName: isAddress ? "" : host,
    ALPNProtocols: http11,
    // Without a name the runtime compares the certificate with the address that it is connected to, the proxy's: refusal() does it instead.
    rejectUnauthorized: !settings.insecure && !(isTunnelled && isAddress),
    ...(settings.ca !== undefined && { ca: trustedBeside(settings.ca) }),
  };
}

/** Why the server is not to be trusted, in words; undefined where it is. Call it when the handshake has ended, before anything is sent. */
export function refusal(
  socket: Socket<unknown>,
  error: Error | null,
  host: string,
  settings: TlsSettings,
): string | undefined {
  const code = error ? ((error as { code?: string }).code ?? "no reason given") : undefined;
  if (code === "ECONNRESET") return "it closed the connection during the TLS handshake";
  if (error && code === "EPROTO")
    return error.message.includes("WRONG_VERSION_NUMBER")
      ? "it does not speak TLS at this port"
      : `the TLS handshake failed (${error.message.split(":").at(-1)})`;
  if (settings.insecure) return undefined;
  // The runtime reports a wrong name only where the chain is in order, so the names are left to be compared here.
  if (code !== undefined && code !== wrongName) return describeCertificateFault(code);
  return checkServerIdentity(host, socket.getPeerCertificate()) && `its certificate is not for ${host}`;
}

const wrongName = "ERR_TLS_CERT_ALTNAME_INVALID";
const unknownAuthority = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

function describeCertificateFault(code: string): string {
  if (unknownAuthority.has(code))
    return `its certificate is not from a known authority (${code}); if that is right, name its CA (not the server's own certificate) in the provider's tls.ca`;
  if (code === "CERT_HAS_EXPIRED") return "its certificate, or one of its authority's, has expired";
  if (code === "CERT_NOT_YET_VALID") return "its certificate is not valid yet; is this machine's clock right?";
  return `its certificate is refused (${code})`;
}

/** One buffer, made once for each CA: the runtime recognises settings that it has seen, and need not parse 100 certificates again. */
function trustedBeside(ca: string): Buffer {
  let all = merged.get(ca);
  if (!all) {
    if (merged.size >= mergedMax) merged.clear();
    merged.set(ca, (all = Buffer.from([...getCACertificates("default"), ca].join("\n"))));
  }
  return all;
}

const merged = new Map<string, Buffer>();
const mergedMax = 100;
