import { headerLine, joinHeaders, noHeaders, type HeaderLines, type HttpRequest } from "../http/index.ts";

/** Headers of answers that a page of another origin may read; without the list a browser shows it only the common ones. */
const exposed = headerLine(
  "access-control-expose-headers",
  [
    "x-request-id",
    "request-id",
    "retry-after",
    "x-should-retry",
    ...["provider", "model", "attempts", "dropped", "vendor-request-id"].map((name) => `x-sahab-${name}`),
    ...["requests", "tokens"].flatMap((what) =>
      ["limit", "remaining", "reset"].flatMap((kind) => [
        `x-ratelimit-${kind}-${what}`,
        `anthropic-ratelimit-${what}-${kind}`,
      ]),
    ),
  ].join(", "),
);
/** Caches must not give one origin's answer to another. */
const vary = headerLine("vary", "origin");
/** Browsers remember a preflight for so long; Chrome for two hours at most. */
const maxAge = headerLine("access-control-max-age", "7200");
const requestedNamesMax = 100;
const requestedCharsMax = 4_096;
const headerNames = /^[\w!#$%&'*+.^`|~-]+(?: *, *[\w!#$%&'*+.^`|~-]+)*$/;

/** Lets pages of the allowed origins read the answer, whatever it will be (Fetch standard, "CORS protocol"). Never with cookies. */
export function openToOrigins(request: HttpRequest, origins: ReadonlySet<string>): void {
  const origin = allowedOrigin(request, origins);
  request.addHeaders(
    origin === undefined ? vary : joinHeaders(vary, headerLine("access-control-allow-origin", origin), exposed),
  );
}

/**
 * Answers OPTIONS without asking for a key: which methods there are, and to a browser that asks for a page of an allowed
 * origin, what it may send. Others see no difference to a server that knows nothing of origins.
 */
export function answerOptions(request: HttpRequest, methods: string, origins?: ReadonlySet<string>): void {
  if (origins && answerPreflight(request, methods, origins)) return;
  request.answer(204, joinHeaders(allowLine(methods), origins ? vary : noHeaders), "");
}

/** Answers what a browser asks on behalf of a page of an allowed origin; false for any other request, which is left alone. */
export function answerPreflight(request: HttpRequest, methods: string, origins: ReadonlySet<string>): boolean {
  const origin = allowedOrigin(request, origins);
  const isPreflight = request.method === "OPTIONS" && request.headers.get("access-control-request-method") !== null;
  if (!isPreflight || origin === undefined) return false;
  const open = joinHeaders(
    headerLine("access-control-allow-origin", origin),
    headerLine("access-control-allow-methods", methods),
    requestedHeaders(request),
    maxAge,
  );
  request.answer(204, joinHeaders(allowLine(methods), vary, open), "");
  return true;
}

function allowLine(methods: string): HeaderLines {
  return headerLine("allow", `${methods}, OPTIONS`);
}

function allowedOrigin(request: HttpRequest, origins: ReadonlySet<string>): string | undefined {
  const origin = request.headers.get("origin");
  if (origin === null) return undefined;
  if (origins.has("*")) return "*";
  return origins.has(origin) ? origin : undefined;
}

/** SDKs send a dozen headers of their own, so any may be sent. A list that is none, or is too long, allows nothing. */
function requestedHeaders(request: HttpRequest) {
  const asked = request.headers.get("access-control-request-headers")?.trim() ?? "";
  const isList = asked.length <= requestedCharsMax && headerNames.test(asked);
  if (!isList || asked.split(",").length > requestedNamesMax) return noHeaders;
  return headerLine("access-control-allow-headers", asked);
}
