import { createPrivateKey, X509Certificate } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsFiles } from "../../base/environment.ts";

/** What a server shows to its clients, and asks of them. */
export interface CertificatePair {
  settings: Bun.TLSOptions;
  /** The server's own first, then those of its authorities that are sent with it. */
  chain: readonly X509Certificate[];
}

/** Far above a chain of the largest keys, and an authority file of all public authorities (220 KB). */
const bytesMax = 1024 * 1024;

/** In the form of the handshake: each name after its length. */
const http11 = Buffer.from("\x08http/1.1", "latin1");

/** Reads the files and checks that they belong together. Throws an Error that names the file, and holds nothing of the key. */
export function readCertificate({ certFile, keyFile, clientCaFile }: TlsFiles): CertificatePair {
  const cert = readText(certFile, "SAHAB_TLS_CERT");
  const key = readText(keyFile, "SAHAB_TLS_KEY");
  const ca = clientCaFile === undefined ? undefined : readText(clientCaFile, "SAHAB_TLS_CLIENT_CA");
  const chain = readChain(cert, `SAHAB_TLS_CERT ${certFile}`);
  if (ca !== undefined) readChain(ca, `SAHAB_TLS_CLIENT_CA ${clientCaFile}`);
  const privateKey = readKey(key, `SAHAB_TLS_KEY ${keyFile}`);
  if (!chain[0]?.checkPrivateKey(privateKey))
    throw new Error(
      `the key in SAHAB_TLS_KEY ${keyFile} is not that of the first certificate in SAHAB_TLS_CERT ${certFile}`,
    );
  const pair = { cert, key, ...(ca !== undefined && { ca }) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split(":").at(-1) : "no reason given";
    throw new Error(`SAHAB_TLS_CERT ${certFile} and SAHAB_TLS_KEY ${keyFile} are not usable: ${why}`, { cause });
  }
  const clients = ca !== undefined && { requestCert: true, rejectUnauthorized: true };
  return { settings: { ...pair, ...clients, ALPNProtocols: http11 }, chain };
}

/** The certificates in a text, each of which must be whole. Other blocks, such as the key, may stand beside them. */
function readChain(text: string, name: string): X509Certificate[] {
  const begun = text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g)?.length ?? 0;
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length < begun)
    throw new Error(
      `${name}: expected certificates in PEM, each from -----BEGIN CERTIFICATE----- to its END line; found ${begun} that begin and ${blocks.length} that are whole`,
    );
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new Error(`${name}: certificate ${index + 1} cannot be read`, { cause });
    }
  });
}

function readKey(text: string, name: string): ReturnType<typeof createPrivateKey> {
  if (text.includes("ENCRYPTED"))
    throw new Error(
      `${name}: the key has a passphrase; one without is needed, in a file that only Sahab's user may read`,
    );
  try {
    return createPrivateKey(text);
  } catch {
    // What the runtime says of it is left out: it is a secret's file.
    throw new Error(`${name}: expected a private key in PEM, from its BEGIN line to its END line`);
  }
}

function readText(path: string, variable: string): string {
  let file: number | undefined;
  try {
    // Does not wait for the writer of a pipe.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    if (stat.isFile() && stat.size <= bytesMax) return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as { code?: string };
    throw new Error(`${variable}: cannot read ${path} (${code ?? String(cause)})`, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
  throw new Error(`${variable} ${path}: expected a file of at most ${bytesMax} bytes`);
}
