import { SahabError } from "../base/errors.ts";

type Headers = { get(name: string): string | null };

/**
 * The cookie's name. With the port as the browser knows it, since cookies are those of a host and two servers on one would take each other's
 * away. Over TLS browsers take `__Host-` for one host and all its paths alone, so that no other server of its domain can set it.
 */
function cookieName(headers: Headers, isSecure: boolean): string {
  const port = /:(\d{1,5})$/.exec(headers.get("host") ?? "")?.[1];
  return `${isSecure ? "__Host-" : ""}sahab_session${port === undefined ? "" : `_${port}`}`;
}

/** Whether the browser reaches this server over TLS: its own, or that of a proxy in front. Who lies about it makes a cookie that is of no use. */
export function isSecure(headers: Headers, isTls: boolean): boolean {
  return isTls || /^\s*https\s*(?:,|$)/i.test(headers.get("x-forwarded-proto") ?? "");
}

/** The token of a session; undefined where the request has none, or one that its way here could not have brought. */
export function readSessionCookie(headers: Headers, isTls: boolean): string | undefined {
  const cookies = headers.get("cookie");
  if (cookies === null) return undefined;
  const name = cookieName(headers, isSecure(headers, isTls));
  for (const cookie of cookies.split(/[;,]/)) {
    const [found, value] = cookie.trim().split("=", 2);
    if (found === name && value !== undefined && tokenForm.test(value)) return value;
  }
  return undefined;
}

const tokenForm = /^[0-9a-z]{20,100}$/;

/** `Set-Cookie` of a session that ends after a time; of one that is over, after none. The headers are the request's. */
export function sessionCookie(
  token: string,
  { headers, isTls, lifeMs }: { headers: Headers; isTls: boolean; lifeMs: number },
): string {
  const isOverTls = isSecure(headers, isTls);
  const name = cookieName(headers, isOverTls);
  const bounds = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(lifeMs / 1000)}`;
  return `${name}=${token}; ${bounds}${isOverTls ? "; Secure" : ""}`;
}

/** What a page of this server knows and no other can: it follows from the token, which no page can read. */
export function csrfOf(token: string): string {
  return new Bun.CryptoHasher("sha256", token).update("sahab csrf").digest("hex");
}

/** Whether a request may change something. */
export function isUnsafe(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/**
 * Throws `forbidden` where a browser says that a page of another origin sends the request. Who follows a link of their own (`none`) may
 * read. Programs that are no browsers say nothing.
 */
export function expectSameOrigin(method: string, headers: Headers): void {
  const site = headers.get("sec-fetch-site");
  if (site !== null) {
    if (site === "same-origin" || (site === "none" && !isUnsafe(method))) return;
    throw crossOrigin(`sec-fetch-site: ${site.slice(0, 20)}`);
  }
  const origin = headers.get("origin");
  // Browsers before 2023 send no other header than this, and only with what changes something.
  if (origin === null || hostOf(origin) === (headers.get("host") ?? "").toLowerCase()) return;
  throw crossOrigin(`origin: ${origin.slice(0, 200)}`);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function crossOrigin(found: string): SahabError {
  return new SahabError(
    "forbidden",
    `The request comes from a page of another origin (${found}); a session is good for pages of this server alone`,
  );
}
