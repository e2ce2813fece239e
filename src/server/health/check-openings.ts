import type { Finding } from "../../base/finding.ts";
import { describeInsecure, describePlain, findSharedCaches, type CloudConfig } from "../../config/index.ts";

const shownMax = 10;

/** Checks the origins that may call models, providers without encryption, and providers whose caches several projects share. */
export function checkOpenings(config: CloudConfig): Finding[] {
  const origins = config.cors?.origins ?? [];
  const cors: Finding =
    origins.length === 0
      ? {
          check: "cors",
          status: "ok",
          detail: "no page of another origin may call models",
          told: { code: "corsNone", values: {} },
        }
      : origins.includes("*")
        ? {
            check: "cors",
            status: "warning",
            detail: "pages of any origin may call models, with a key; list the origins",
            told: { code: "corsAny", values: {} },
          }
        : {
            check: "cors",
            status: "ok",
            detail: `pages of ${origins.slice(0, shownMax).join(", ")} may call models`,
            told: { code: "corsSome", values: { origins: origins.slice(0, shownMax).join(", ") } },
          };
  return [
    cors,
    ...listed(
      "insecure providers",
      [...describeInsecure(config), ...describePlain(config.providers)].map((detail) => ({ detail })),
      {
        detail: "calls to all providers are encrypted, or stay on this machine",
        told: { code: "encrypted", values: {} },
      },
    ),
    ...listed("shared caches", findSharedCaches(config), {
      detail: "no project is told what came from a cache that it shares",
      told: { code: "cachesApart", values: {} },
    }),
  ];
}

type Found = Pick<Finding, "detail" | "told">;

function listed(check: string, found: readonly Found[], otherwise: Found): Finding[] {
  if (found.length === 0) return [{ check, status: "ok", ...otherwise }];
  return found.map((one) => ({ check, status: "warning", ...one }));
}
