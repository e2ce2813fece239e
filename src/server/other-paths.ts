import { SahabError } from "../base/errors.ts";
import type { Dialect, RequestHeaders } from "../dialect/dialect.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { dialects } from "../dialect/registry.ts";
import type { HttpRequest } from "../http/index.ts";

const probes = new Set(["/healthz", "/readyz", "/metrics"]);

/** The methods of a path that is no dialect's; undefined where there is no such path. `*` is the server as a whole. */
export function otherMethods(path: string): readonly string[] | undefined {
  if (probes.has(path)) return ["GET", "HEAD"];
  return path === "*" || path.startsWith("/admin/v1/") ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] : undefined;
}

/** The console and the admin API, which no page of another origin may read, whatever is or will be there. */
export function isForOperators(path: string): boolean {
  return /^\/*(?:(?:admin|assets|console)(?:\/.*)?)?$/i.test(path);
}

/** Paths that answer only where the request's host is a name of this server. */
export function isNamedHere(path: string): boolean {
  return path === "/metrics" || isForOperators(path);
}

/**
 * Whether a client only looks whether somebody is there, as Claude Code does by `HEAD /` and `HEAD /api/hello`. By whatever name it
 * calls this server, it gets a 404 at once: a 403 would read as a server that cannot be reached.
 */
export function isProbe({ isHead, path, headers }: Pick<HttpRequest, "isHead" | "path" | "headers">): boolean {
  return isHead && /^\/*(?:api\/hello\/*)?$/.test(path) && !wantsPage(headers);
}

/** Browsers, and programs that look after pages, say that they want one. */
function wantsPage(headers: RequestHeaders): boolean {
  return headers.get("accept")?.includes("text/html") === true;
}

export function hostNotAllowed(host: string): SahabError {
  const found = host === "" ? "names no host" : `calls this server "${host.slice(0, 100)}"`;
  return new SahabError(
    "host_not_allowed",
    `The request ${found}; allowed here are localhost, 127.0.0.1, [::1] and what SAHAB_ALLOWED_HOSTS lists (by default SAHAB_HOST)`,
  );
}

/** What a client hears that asks for a path that there is not. Most have a wrong base URL, so the right one is named. */
export function notServed({ method, path, headers }: HttpRequest, isTls: boolean): SahabError {
  // In front of Sahab there may be another server that speaks TLS.
  const scheme = isTls || headers.get("x-forwarded-proto") === "https" ? "https" : "http";
  const origin = `${scheme}://${headers.get("host") || "HOST"}`;
  const own = dialectOf(path, headers);
  const bases = new Set(
    [own, ...dialects].map(({ clients }) => `${clients.name} clients take the base URL ${origin}${clients.basePath}`),
  );
  return new SahabError(
    "not_found",
    `${method} ${path.slice(0, 200)} is not served here; ${[...bases].join(", ")}; the admin API is at /admin/v1`,
  );
}

/** Whose client asks for a path that no dialect has: some can be told by their headers, or by how the path begins. */
export function dialectOf(path: string, headers: RequestHeaders): Dialect {
  const accepting = dialects.find(({ routes }) => routes.some((route) => route.accepts?.(headers)));
  if (accepting) return accepting;
  // Google's programs ask its other services at the same address (`/v1internal:loadCodeAssist`).
  const asked = path.replace(/^\/v1internal(?=[:/])/, "/v1beta/").split("/");
  let best = { dialect: openaiChat, shared: sharedParts(openaiChat, asked) };
  for (const dialect of dialects) {
    const shared = sharedParts(dialect, asked);
    if (shared > best.shared) best = { dialect, shared };
  }
  return best.dialect;
}

/** How many parts a path has in common with the route that is most like it. */
function sharedParts({ routes }: Dialect, asked: readonly string[]): number {
  let most = 0;
  for (const { path } of routes) {
    if (typeof path !== "string") continue;
    const parts = path.split("/");
    const end = asked.findIndex((part, at) => part !== parts[at]);
    most = Math.max(most, end === -1 ? asked.length : end);
  }
  return most;
}
