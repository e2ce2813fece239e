import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  cert: string;
  key: string;
  /** The certificate's file, for NODE_EXTRA_CA_CERTS. */
  file: string;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A self-signed certificate for localhost and 127.0.0.1. */
export async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const { file, keyFile } = filesOf(folder, name);
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  await openssl(["req", "-x509", ...newKey, "-days", "2", ...names, "-keyout", keyFile, "-out", file]);
  return readCertificate(file, keyFile);
}

/** A certification authority of its own. */
export interface Authority extends Certificate {
  /** Issues a certificate for names such as `DNS:localhost` and `IP:127.0.0.1`. */
  issue(name: string, altNames: string, days?: number): Promise<Certificate>;
}

export async function makeAuthority(folder: string, name: string): Promise<Authority> {
  const { file, keyFile } = filesOf(folder, name);
  await openssl(["req", "-x509", ...newKey, "-days", "2", "-subj", `/CN=${name}`, "-keyout", keyFile, "-out", file]);
  return {
    ...(await readCertificate(file, keyFile)),
    async issue(leaf, altNames, days = 2) {
      const own = filesOf(folder, leaf);
      const [request, extensions] = [`${own.file}.csr`, `${own.file}.ext`];
      writeFileSync(extensions, `subjectAltName=${altNames}`);
      await openssl(["req", ...newKey, "-subj", `/CN=${leaf}`, "-keyout", own.keyFile, "-out", request]);
      const signed = ["-CA", file, "-CAkey", keyFile, "-CAcreateserial", "-days", String(days)];
      await openssl(["x509", "-req", "-in", request, ...signed, "-extfile", extensions, "-out", own.file]);
      return readCertificate(own.file, own.keyFile);
    },
  };
}

function filesOf(folder: string, name: string): { file: string; keyFile: string } {
  return { file: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
}

async function readCertificate(file: string, keyFile: string): Promise<Certificate> {
  return { cert: await Bun.file(file).text(), key: await Bun.file(keyFile).text(), file };
}

async function openssl(args: string[]): Promise<void> {
  const child = Bun.spawn(["openssl", ...args], { stdout: "ignore", stderr: "pipe" });
  const [stderr, status] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (status !== 0) throw new Error(`openssl could not make a certificate: ${stderr}`);
}
