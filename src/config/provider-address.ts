import { findUnprintable } from "../base/printable.ts";
import { dialects } from "../dialect/registry.ts";

/**
 * A base address without what clients add themselves: white space around it, slashes at its end or twice in a row, and the
 * path of an operation, as it is copied from a vendor's documentation. What is refused below stays.
 */
export function mendAddress(text: string): string {
  const trimmed = text.trim();
  if ((findAddressFault(trimmed) ?? findUnusableAddress(trimmed)) !== undefined) return trimmed;
  const { origin, pathname } = new URL(trimmed);
  return origin + mendPath(pathname);
}

function mendPath(path: string): string {
  const [base = ""] = path.replace(/\/{2,}/g, "/").split(operationAtEnd, 1);
  return base.replace(/(\/v\d+(?:beta)?)\1+$/, "$1").replace(/\/$/, "");
}

/** `/chat/completions`, `/messages` and so on, from the dialects; and what servers have beside them below a version. */
const operationAtEnd = new RegExp(
  `(?:(?:${operationPaths().join("|")})|(?<=/v\\d+)/(?:models|chat|rerank|moderations|files|batches|images/\\w+|audio/\\w+))+/?$`,
  "i",
);

function operationPaths(): string[] {
  const posted = dialects.flatMap(({ routes }) => routes.filter(({ method }) => method === "POST"));
  const paths = posted.flatMap(({ path }) => (typeof path === "string" ? [path.replace(/^.*\/v\d+(?=\/)/, "")] : []));
  // The longest first, so that all of `/messages/count_tokens` is found.
  return [...new Set(paths)].sort((a, b) => b.length - a.length);
}

/** What is wrong with a base address, beyond what can be mended; the address is not repeated unless that is safe. */
export function findAddressFault(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    return "expected an http or https address, such as https://api.example.com/v1";
  if (/[?#@]/.test(text)) return "an address without user, query or fragment; use api_key and headers";
  return undefined;
}

/** What makes every call fail, of an address that has passed the checks above. */
export function findUnusableAddress(address: string): string | undefined {
  // The platform's parser drops line feeds and writes spaces as escapes.
  if (/\s/.test(address)) return "expected an address without white space";
  const unprintable = findUnprintable(address);
  if (unprintable !== undefined) return `expected an address without invisible characters; there is ${unprintable}`;
  if (/[{}<>]/.test(address)) return "expected an address; this one has a placeholder in brackets";
  const { origin, hostname, pathname, port } = new URL(address);
  if (hostname === "http" || hostname === "https") return "expected http:// or https:// once";
  if (port === "0") return "expected a port from 1 to 65535";
  if (/\/api\/(?:chat|generate|tags|embed)\/?$/.test(pathname))
    return `this is an operation of Ollama's own API; its API in OpenAI's form is at ${origin}/v1`;
  if (/:\w*(?:generate|count|embed)\w*$/i.test(pathname))
    return "expected the address that operations are below; this is the address of one operation";
  return undefined;
}
