import { X509Certificate } from "node:crypto";

const charsMax = 256 * 1024;
const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** What is wrong with the text of one or more certificates in PEM; undefined if nothing is. The text itself is not repeated. */
export function findCertificateFault(text: string): string | undefined {
  const wanted = "expected the text of certificates in PEM, each from -----BEGIN CERTIFICATE----- to its END line";
  if (text.length > charsMax) return `${wanted}, at most ${charsMax} characters; these are ${text.length}`;
  const blocks = [...text.matchAll(block)];
  if (blocks.length === 0)
    return text.includes("-----BEGIN")
      ? `${wanted}; an END line is missing`
      : `${wanted}. "sahab apply" and SAHAB_CONFIG read a file that is named here, the admin API reads no files`;
  for (const [index, [pem, label]] of blocks.entries()) {
    if (label !== "CERTIFICATE") return `${wanted}; number ${index + 1} is a ${label}, which does not belong here`;
    try {
      new X509Certificate(pem);
    } catch (error) {
      return `${wanted}; number ${index + 1} cannot be read (${error instanceof Error ? error.message : String(error)})`;
    }
  }
  return undefined;
}
