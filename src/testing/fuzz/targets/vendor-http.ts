import { findHeadEnd } from "../../../http/index.ts";
import { BodyFramer, Head } from "../../../transport/http-framing.ts";
import { attempt, cut, same, type Target } from "../target.ts";

/** A vendor's answer is read the same wherever the network cuts it, or is refused for the same fault. */
export const vendorHttp: Target = {
  name: "vendor-http",
  seeds: [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\nhello",
    "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00a;x\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n",
    "HTTP/1.0 404 Not Found\r\nConnection: close\r\n\r\nuntil the end",
    "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc",
  ],
  words: [
    ..."\r\n|\n|\r|\r\n\r\n| |:|,|;|0\r\n\r\n|chunked|gzip, chunked|Transfer-Encoding: chunked\r\n|Content-Length: 3\r\n".split(
      "|",
    ),
    ..."HTTP/1.1 100 Continue\r\n\r\n|HTTP/1.0|identity|close|Connection: close\r\n|ffffffffffff\r\n|-1\r\n|+5| folded\r\n".split(
      "|",
    ),
  ],
  run(input, random) {
    const end = attempt(() => findHeadEnd(input), isOwn);
    if (end.error ?? end.value === -1) return;
    const at = end.value ?? 0;
    const head = attempt(() => new Head(input.toString("latin1", 0, at)), isOwn);
    if (!head.value) return;
    const body = input.subarray(at + 4);
    const whole = readBody(head.value, [Buffer.from(body)]);
    const cutUp = readBody(head.value, cut(body, random));
    same("the fault", cutUp.fault, whole.fault);
    if (whole.fault === undefined) same("the body", cutUp, whole);
  },
};

/** Faults are errors with a sentence for the log. */
const isOwn = (error: Error) => error.constructor === Error;

function readBody(head: Head, pieces: readonly Buffer[]) {
  const read = attempt(() => {
    const framer = new BodyFramer(head);
    let body = "";
    for (const piece of pieces) body += framer.push(piece)?.toString("latin1") ?? "";
    return { body, done: framer.done, surplusBytes: framer.surplusBytes, keepAlive: framer.keepAlive };
  }, isOwn);
  return { ...read.value, fault: read.error?.message };
}
