import type { HeaderLines } from "./header-lines.ts";

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** Status line and headers with the blank line after them, as latin1. `framing` is further lines, each with its line end. */
export function encodeResponseHead(status: number, headers: HeaderLines, framing: string): string {
  const line = status === 200 ? "HTTP/1.1 200 OK\r\n" : `HTTP/1.1 ${status} ${reasons[status] ?? "Status"}\r\n`;
  return `${line}${headers}${dateLine()}${framing}\r\n`;
}

let dateS = 0;
let date = "";

/** A server with a clock sends the date (RFC 9110, §6.6.1); it is written once a second. */
function dateLine(): string {
  const nowS = Math.floor(Date.now() / 1000);
  if (nowS !== dateS) {
    dateS = nowS;
    date = `date: ${new Date(nowS * 1000).toUTCString()}\r\n`;
  }
  return date;
}
