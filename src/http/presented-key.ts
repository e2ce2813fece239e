import type { RequestHeaders } from "../dialect/dialect.ts";

/** The key, sent the way any of the dialects sends it. */
export function presentedKey(headers: RequestHeaders): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization) {
    // The form that every SDK sends, without the cost of a pattern.
    if (authorization.startsWith("Bearer ") && !authorization.includes(" ", 7)) return authorization.slice(7);
    return /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? authorization;
  }
  return headers.get("x-api-key") ?? headers.get("x-goog-api-key") ?? undefined;
}
