import type { Finding } from "../../base/finding.ts";
import { describeInsecure, describePlain, findSharedCaches, type CloudConfig } from "../../config/index.ts";

const shownMax = 10;

/** Checks the origins that may call models, providers without encryption, and providers whose caches several projects share. */
export function checkOpenings(config: CloudConfig): Finding[] {
  const origins = config.cors?.origins ?? [];
  const cors: Finding =
    origins.length === 0
      ? { check: "cors", status: "ok", detail: "no page of another origin may call models" }
      : origins.includes("*")
        ? {
            check: "cors",
            status: "warning",
            detail: "pages of any origin may call models, with a key; list the origins",
          }
        : { check: "cors", status: "ok", detail: `pages of ${origins.slice(0, shownMax).join(", ")} may call models` };
  return [
    cors,
    ...listed(
      "insecure providers",
      [...describeInsecure(config), ...describePlain(config.providers)],
      "calls to all providers are encrypted, or stay on this machine",
    ),
    ...listed("shared caches", findSharedCaches(config), "no project is told what came from a cache that it shares"),
  ];
}

function listed(check: string, details: readonly string[], otherwise: string): Finding[] {
  if (details.length === 0) return [{ check, status: "ok", detail: otherwise }];
  return details.map((detail) => ({ check, status: "warning", detail }));
}
