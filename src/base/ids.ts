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

/** Random characters in stock: one string is cut up, since joining characters one by one makes an object for each. */
let stock = "";
let used = 0;
const stockLength = 4096;

/** `length` random characters of base 32, 5 bits each, from the system's generator. */
export function randomText(length: number): string {
  if (used + length > stock.length) {
    const bytes = crypto.getRandomValues(Buffer.alloc(Math.max(stockLength, length)));
    for (let i = 0; i < bytes.length; i++) bytes[i] = alphabet.charCodeAt((bytes[i] ?? 0) & 31);
    stock = bytes.toString("latin1");
    used = 0;
  }
  const text = stock.slice(used, used + length);
  used += length;
  return text;
}
