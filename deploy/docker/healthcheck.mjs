// Whether this container's Sahab would serve, for HEALTHCHECK: exit status 0 or 1. The certificate may be of any name.
import { readFileSync } from "node:fs";
import { connect } from "node:tls";

const { SAHAB_TLS_CERT, SAHAB_TLS_CLIENT_CA, SAHAB_CLIENT_CERT, SAHAB_CLIENT_KEY, SAHAB_PORT } = process.env;
const port = Number(SAHAB_PORT || 8787);
const address = `${SAHAB_TLS_CERT ? "https" : "http"}://127.0.0.1:${port}/readyz`;
const timeoutMs = 4_000;

try {
  // Without a certificate of its own this client is not answered where one is needed, and a handshake is all that can be had.
  if (SAHAB_TLS_CERT && SAHAB_TLS_CLIENT_CA && !SAHAB_CLIENT_CERT) await shakeHands();
  else await askReadiness();
} catch (error) {
  console.error(`${address}: ${error.message}`);
  process.exit(1);
}
process.exit(0);

async function askReadiness() {
  const own = SAHAB_CLIENT_CERT && { cert: readFileSync(SAHAB_CLIENT_CERT), key: readFileSync(SAHAB_CLIENT_KEY ?? "") };
  const tls = SAHAB_TLS_CERT && { tls: { rejectUnauthorized: false, ...own } };
  const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs), ...tls });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).trim()}`);
}

/** Resolves as soon as the server has shown its certificate. */
function shakeHands() {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      socket.destroy();
      resolve();
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no TLS handshake within ${timeoutMs / 1_000} s`)));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed before the TLS handshake")));
  });
}
