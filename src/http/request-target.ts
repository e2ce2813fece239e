import { BadRequest } from "./bad-request.ts";

/** What a request is for, judged once: every part of the program sees this path. */
export interface RequestTarget {
  /** Path and query. */
  readonly target: string;
  readonly path: string;
  /** The host of an absolute target, which counts instead of the header (RFC 9112, §3.2.2); undefined in the usual form. */
  readonly host: string | undefined;
}

/** A name or an address, and a port (RFC 3986, §3.2), in the characters that names really have. */
const wholeHost = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.~%-]+)(?::\d{0,5})?$/;
const absoluteTarget = /^https?:\/\/([^/?#]*)/i;
/** Programs behind this one, or before it, take these for another path than it says. */
const misread = /[\\#]|\/(?:\.|%2e){1,2}(?:\/|$)/i;

export function isHost(text: string): boolean {
  return wholeHost.test(text);
}

/**
 * Parses the second word of a request line: a path, an absolute address (which proxies get, and a server must take, too), or
 * `*` for OPTIONS. Throws a BadRequest for any other, and for a path that two programs could read as two paths.
 */
export function parseTarget(method: string, text: string): RequestTarget {
  if (method === "OPTIONS" && text === "*") return { target: "*", path: "*", host: undefined };
  let target = text;
  let host: string | undefined;
  if (!text.startsWith("/")) {
    const origin = absoluteTarget.exec(text);
    host = origin?.[1];
    if (!origin || host === undefined) throw new BadRequest(400, "the request's address begins with /");
    if (!isHost(host))
      throw new BadRequest(
        400,
        "an absolute address names a host as http://name or http://name:port, and this one does not",
      );
    const rest = text.slice(origin[0].length);
    target = rest.startsWith("/") ? rest : `/${rest}`;
  }
  const query = target.indexOf("?");
  const path = query === -1 ? target : target.slice(0, query);
  // A `#` would cut off the rest of a query, too.
  if (misread.test(path) || target.includes("#"))
    throw new BadRequest(
      400,
      'the request\'s path has a "." or ".." as a segment, a backslash or "#"; none of them is allowed',
    );
  return { target, path, host };
}
