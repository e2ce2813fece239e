import { join } from "node:path";
import { makeOutFolder } from "./out-folder.ts";

export interface Certificate {
  /** The authority to trust, in PEM. */
  caFile: string;
  file: string;
  keyFile: string;
  remove: () => void;
}

/**
 * A certificate for localhost and 127.0.0.1, signed by an authority of its own: TLS libraries of Rust refuse one that is
 * both. Undefined without OpenSSL 3.
 */
export function makeCertificate(): Certificate | undefined {
  if (Bun.which("openssl") === null) return undefined;
  const { path: folder, remove } = makeOutFolder("tls");
  const path = (name: string) => join(folder, name);
  const common = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const make = (name: string, options: string[]) => {
    const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)];
    const command = ["openssl", ...common.split(" "), ...files, ...options];
    return Bun.spawnSync(command, { stdout: "ignore", stderr: "ignore" }).success;
  };
  const leaf = "-subj /CN=localhost -addext basicConstraints=critical,CA:FALSE";
  const names = "-addext subjectAltName=DNS:localhost,IP:127.0.0.1";
  const isMade =
    make("ca", ["-subj", "/CN=benchmark authority"]) &&
    make("upstream", [...`${leaf} ${names}`.split(" "), "-CA", path("ca.pem"), "-CAkey", path("ca.key")]);
  if (isMade) return { caFile: path("ca.pem"), file: path("upstream.pem"), keyFile: path("upstream.key"), remove };
  remove();
  return undefined;
}
