import type { Environment } from "../../base/environment.ts";
import { isLoopback } from "../../base/address-ranges.ts";
import type { Finding } from "../../base/finding.ts";
import { describeExpiry, readCertificate } from "../tls/index.ts";

type Listening = Pick<Environment, "host" | "port" | "tls" | "allowedHosts">;

/** Who reaches the server, by the settings of this environment, and what is encrypted on the way. */
export function checkListening(settings: Listening, nowMs: number): Finding[] {
  const { host, port, tls } = settings;
  const place = `${host}:${port}`;
  const isLocal = isLoopback(host);
  const way = tls ? "with TLS" : "without encryption";
  const advice = tls ? "" : ". Set SAHAB_TLS_CERT and SAHAB_TLS_KEY, or put TLS in front of it";
  return [
    {
      check: "address",
      status: isLocal || tls ? "ok" : "warning",
      detail: isLocal
        ? `${place}, reachable from this machine only`
        : `${place} is reachable from other machines ${way}${advice}`,
      told: { code: isLocal ? "addressLocal" : tls ? "addressEncrypted" : "addressPlain", values: { place } },
    },
    ...checkCertificate(settings, nowMs),
    ...checkHosts(settings),
  ];
}

function checkCertificate({ tls }: Listening, nowMs: number): Finding[] {
  if (!tls) return [];
  try {
    const { chain } = readCertificate(tls);
    const [own] = chain;
    const doubt = describeExpiry(chain, nowMs);
    const names = own?.subjectAltName?.replaceAll(/DNS:|IP Address:/g, "") ?? "no names";
    const clients = tls.clientCaFile === undefined ? "" : "; clients need a certificate";
    const found: Finding =
      doubt === undefined
        ? { check: "tls", status: "ok", detail: `for ${names}, valid to ${own?.validTo ?? "?"}${clients}` }
        : { check: "tls", status: doubt.includes(" expires ") ? "warning" : "problem", detail: doubt };
    return [found];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      { check: "tls", status: "problem", detail: `${why}. A start fails so; a server that runs keeps the one before` },
    ];
  }
}

/** Against pages whose name was made to lead here. */
function checkHosts({ host, allowedHosts }: Listening): Finding[] {
  const listed = allowedHosts ?? [host];
  const isAnywhere = listed.some((name) => ["0.0.0.0", "[::]", "::"].includes(name));
  return [
    {
      check: "allowed hosts",
      status: "ok",
      detail: `/, /admin and /metrics answer to ${isAnywhere ? "any address, but to no name but localhost; list names in SAHAB_ALLOWED_HOSTS" : `localhost and ${listed.join(", ")}`}`,
      told: isAnywhere ? { code: "hostsAny", values: {} } : { code: "hosts", values: { names: listed.join(", ") } },
    },
  ];
}
