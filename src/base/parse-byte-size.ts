const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  ti: 1024 ** 4,
};

/** Bytes of a size such as 8GB, 512MB (powers of 1000) or 8GiB (of 1024); undefined where it is none. */
export function parseByteSize(text: string): number | undefined {
  const found = /^(\d{1,15}(?:\.\d{1,6})?)\s?([kmgt]i?)?b$/i.exec(text.trim());
  if (!found) return undefined;
  const bytes = Math.floor(Number(found[1]) * (units[(found[2] ?? "").toLowerCase()] ?? NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** As `parseByteSize` reads it, in GB or MB with one digit after the point. */
export function showByteSize(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(Math.ceil(bytes / 1e8) / 10).toFixed(1)} GB`;
}
