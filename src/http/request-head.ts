/** What is wrong with a request's head, and the status that says so. The connection cannot go on after it. */
export class BadRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A line of the head: a name of token characters, a colon at once, a value without control characters (RFC 9112, §5). */
const headerLines = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e]{1,8192}) HTTP\/1\.([01])$/;
const absoluteTarget = /^https?:\/\/[^/?#]*/i;

/**
 * A request's line and headers (RFC 9112). Headers are looked up in the text, since of a dozen only a few are needed.
 * What two parsers could read in two ways is refused: folded lines, a space before a colon, a lone line feed, several
 * lengths, a length beside a transfer coding.
 */
export class RequestHead {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly path: string;
  /** Minor version of HTTP/1. */
  readonly minor: number;
  /** Bytes of the body; undefined where it comes in chunks. */
  readonly contentLength: number | undefined;
  /** The client wants to send another request on this connection. */
  readonly keepAlive: boolean;
  readonly #text: string;
  readonly #lower: string;

  /** `text` is all before the blank line, as latin1. Throws a BadRequest. */
  constructor(text: string) {
    const lineEnd = text.indexOf("\r\n");
    const line = requestLine.exec(lineEnd === -1 ? text : text.slice(0, lineEnd));
    if (!line) throw refuseLine(text.slice(0, lineEnd === -1 ? undefined : lineEnd));
    // Each line, the first too, is found by the line end before it.
    this.#text = lineEnd === -1 ? "\r\n" : `${text.slice(lineEnd)}\r\n`;
    if (!headerLines.test(this.#text.slice(2)))
      throw new BadRequest(
        400,
        "a header line is malformed: a name, a colon at once and one line of value are allowed",
      );
    this.#lower = this.#text.toLowerCase();
    const [, method = "", target = "", minor] = line;
    this.method = method;
    this.minor = minor === "1" ? 1 : 0;
    this.target = originForm(method, target);
    const query = this.target.indexOf("?");
    this.path = query === -1 ? this.target : this.target.slice(0, query);
    if (this.#count("host") !== 1 && this.minor === 1)
      throw new BadRequest(400, "a request has one Host header, and this one has none or several");
    this.contentLength = this.#readLength();
    const connection = this.get("connection")?.toLowerCase() ?? "";
    this.keepAlive = this.minor === 1 ? !connection.includes("close") : connection.includes("keep-alive");
  }

  /** The value of a header by its lower-case name, several of them joined by ", " (RFC 9110, §5.3); null if there is none. */
  get(name: string): string | null {
    const field = `\r\n${name}:`;
    let at = this.#lower.indexOf(field);
    if (at === -1) return null;
    let joined = this.#valueAt(at + field.length);
    while ((at = this.#lower.indexOf(field, at + field.length)) !== -1)
      joined = `${joined}, ${this.#valueAt(at + field.length)}`;
    return joined;
  }

  /** All headers in their order, names in lower case. */
  entries(): [name: string, value: string][] {
    return this.#text
      .split("\r\n")
      .filter((line) => line !== "")
      .map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      });
  }

  #valueAt(start: number): string {
    return this.#text.slice(start, this.#text.indexOf("\r\n", start)).trim();
  }

  #count(name: string): number {
    const field = `\r\n${name}:`;
    let count = 0;
    for (let at = this.#lower.indexOf(field); at !== -1; at = this.#lower.indexOf(field, at + field.length)) count++;
    return count;
  }

  #readLength(): number | undefined {
    const coding = this.get("transfer-encoding");
    const length = this.get("content-length");
    if (coding === null && length === null) return 0;
    if (coding !== null) {
      if (length !== null)
        throw new BadRequest(400, "a request has Content-Length or Transfer-Encoding, and this one has both");
      if (this.minor === 0) throw new BadRequest(400, "HTTP/1.0 has no Transfer-Encoding");
      if (coding.toLowerCase() !== "chunked")
        throw new BadRequest(501, `Transfer-Encoding: "chunked" is allowed, found "${coding.slice(0, 50)}"`);
      return undefined;
    }
    if (length === null || !/^\d{1,15}$/.test(length))
      throw new BadRequest(400, `Content-Length is one whole number, found "${(length ?? "").slice(0, 50)}"`);
    return Number(length);
  }
}

function refuseLine(line: string): BadRequest {
  if (/ HTTP\/[02-9]/.test(line)) return new BadRequest(505, "HTTP/1.1 and HTTP/1.0 are spoken here");
  if (line.length > 8192) return new BadRequest(414, "the request's address has more than 8192 characters");
  return new BadRequest(400, "the request line is malformed: a method, an address and HTTP/1.1 are allowed");
}

/** Proxies get absolute addresses, which a server must take, too (RFC 9112, §3.2.2). */
function originForm(method: string, target: string): string {
  if (target.startsWith("/")) return target;
  const origin = absoluteTarget.exec(target)?.[0];
  if (origin !== undefined) {
    const rest = target.slice(origin.length);
    return rest.startsWith("/") ? rest : `/${rest}`;
  }
  if (method === "OPTIONS" && target === "*") return "*";
  throw new BadRequest(400, "the request's address begins with /");
}
