import { BadRequest } from "./bad-request.ts";
import { fieldName, fieldText, HeaderFields } from "./header-fields.ts";
import { isHost, parseTarget } from "./request-target.ts";

const headerLines = new RegExp(`^(?:\\r\\n${fieldName}:${fieldText})*$`);
const requestLine = new RegExp(`^(${fieldName}) ([\\x21-\\x7e]{1,8192}) HTTP/1\\.([01])$`);
/**
 * A request's line and headers (RFC 9112).
 * What two parsers could read in two ways is refused: folded lines, a space before a colon, a lone line feed, several
 * lengths, a length beside a transfer coding.
 */
export class RequestHead extends HeaderFields {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly path: string;
  /** What the client calls this server, with a port where it names one; "" where HTTP/1.0 does not say. */
  readonly host: string;
  /** Minor version of HTTP/1. */
  readonly minor: number;
  /** Bytes of the body; undefined where it comes in chunks. */
  readonly contentLength: number | undefined;
  /** The client wants to send another request on this connection. */
  readonly keepAlive: boolean;
  /** The client waits for a sign before it sends the body. */
  readonly expectsContinue: boolean;

  /** `text` is all before the blank line, as latin1. Throws a BadRequest. */
  constructor(text: string) {
    const lineEnd = text.indexOf("\r\n");
    const line = requestLine.exec(lineEnd === -1 ? text : text.slice(0, lineEnd));
    if (!line) throw refuseLine(text.slice(0, lineEnd === -1 ? undefined : lineEnd));
    const fields = lineEnd === -1 ? "" : text.slice(lineEnd);
    super(fields);
    if (!headerLines.test(fields))
      throw new BadRequest(
        400,
        "a header line is malformed: a name, a colon at once and one line of value are allowed",
      );
    const [, method = "", address = "", minor] = line;
    this.method = method;
    this.minor = minor === "1" ? 1 : 0;
    const { target, path, host } = parseTarget(method, address);
    this.target = target;
    this.path = path;
    const hosts = this.count("host");
    if (hosts > 1 || (hosts === 0 && this.minor === 1))
      throw new BadRequest(400, "a request has one Host header, and this one has none or several");
    const named = this.first("host");
    if (named !== null && !isHost(named))
      throw new BadRequest(400, "Host is a name or an address, and a port where it is not the usual one");
    this.host = host ?? named ?? "";
    const expect = this.minor === 1 ? this.get("expect") : null;
    this.expectsContinue = expect?.toLowerCase() === "100-continue";
    if (expect !== null && !this.expectsContinue)
      throw new BadRequest(417, `Expect: "100-continue" is allowed, found "${expect.slice(0, 50)}"`);
    this.contentLength = this.#readLength();
    const connection = this.get("connection")?.toLowerCase() ?? "";
    this.keepAlive = this.minor === 1 ? !connection.includes("close") : connection.includes("keep-alive");
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
