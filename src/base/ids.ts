const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * A unique id such as `req_01jd8…`: a prefix, 48 bits of milliseconds and 80 random bits in Crockford's base 32,
 * so ids sort by creation time (to the millisecond).
 */
export function newId(prefix: string, nowMs: number = Date.now()): string {
  if (nowMs !== writtenMs) {
    writtenMs = nowMs;
    written = "";
    for (let rest = nowMs, i = 0; i < 10; i++) {
      written = alphabet.charAt(rest % 32) + written;
      rest = Math.floor(rest / 32);
    }
  }
  return `${prefix}_${written}${randomText(16)}`;
}

/** The last time and its text in base 32, kept because under load many ids share a millisecond. */
let writtenMs = Number.NaN;
let written = "";

let pool = new Uint8Array(0);
let used = 0;

/** `length` random characters of base 32, 5 bits each, from the system's generator. */
export function randomText(length: number): string {
  if (used + length > pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(4096));
    used = 0;
  }
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet.charAt((pool[used++] ?? 0) & 31);
  return text;
}
