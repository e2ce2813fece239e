// Whether this container's Sahab would serve, for HEALTHCHECK: exit status 0 or 1. The certificate may be of any name.
const isTls = Boolean(process.env.SAHAB_TLS_CERT);
const address = `${isTls ? "https" : "http"}://127.0.0.1:${process.env.SAHAB_PORT || 8787}/readyz`;
const options = { signal: AbortSignal.timeout(4_000), ...(isTls && { tls: { rejectUnauthorized: false } }) };
try {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).trim()}`);
} catch (error) {
  console.error(`${address}: ${error.message}`);
  process.exit(1);
}
