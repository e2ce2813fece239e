import { join } from "node:path";

export interface Certificate {
  cert: string;
  key: string;
  /** The certificate's file, for NODE_EXTRA_CA_CERTS. */
  file: string;
}

/** A self-signed certificate for localhost and 127.0.0.1. */
export async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const file = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  const options =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
  const child = Bun.spawn(["openssl", ...options.split(" "), "-keyout", keyFile, "-out", file], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const [stderr, status] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (status !== 0) throw new Error(`openssl could not make a certificate: ${stderr}`);
  return { cert: await Bun.file(file).text(), key: await Bun.file(keyFile).text(), file };
}
