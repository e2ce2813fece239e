import type { X509Certificate } from "node:crypto";

/** Renewals of certificates of 90 days are due 30 days before their end: after 9 days of failed ones somebody should look. */
const warnDays = 21;
const dayMs = 24 * 3_600_000;

/** What is wrong with the time for which certificates are valid, or soon will be; undefined if nothing is. */
export function describeExpiry(chain: readonly X509Certificate[], nowMs: number): string | undefined {
  const early = chain.find(({ validFrom }) => Date.parse(validFrom) > nowMs);
  if (early)
    return `the certificate in SAHAB_TLS_CERT is not valid before ${dateOf(early.validFrom)}: clients refuse it; is this machine's clock right?`;
  const ends = chain.map(({ validTo }) => Date.parse(validTo));
  const endMs = Math.min(...ends);
  if (endMs - nowMs > warnDays * dayMs) return undefined;
  const which = endMs === ends[0] ? "the certificate" : "an authority's certificate";
  const date = dateOf(new Date(endMs).toISOString());
  if (endMs <= nowMs) return `${which} in SAHAB_TLS_CERT expired on ${date}: clients refuse it; renew it`;
  const days = Math.floor((endMs - nowMs) / dayMs);
  return `${which} in SAHAB_TLS_CERT expires on ${date}, in ${days} ${days === 1 ? "day" : "days"}; renew it (the files are taken over when they change)`;
}

function dateOf(time: string): string {
  return new Date(time).toISOString().slice(0, 10);
}
