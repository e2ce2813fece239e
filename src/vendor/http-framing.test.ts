import { describe, expect, test } from "bun:test";
import { BodyFramer, Head } from "./http-framing.ts";

function head(...lines: string[]): Head {
  return new Head(["HTTP/1.1 200 OK", ...lines].join("\r\n"));
}

/** What a framer hands on when the bytes come in the given pieces. */
function frame(headers: Head, pieces: Buffer[]): { body: string; framer: BodyFramer } {
  const framer = new BodyFramer(headers);
  let body = "";
  for (const piece of pieces) framer.push(piece, (part) => (body += part.toString("latin1")));
  return { body, framer };
}

describe("Head", () => {
  test("finds headers whatever their case, and says null for those that are not there", () => {
    const parsed = head("Content-Type: text/event-stream ", "X-Long:   a: b ");
    expect(parsed.status).toBe(200);
    expect(parsed.header("content-type")).toBe("text/event-stream");
    expect(parsed.header("x-long")).toBe("a: b");
    expect(parsed.header("long")).toBeNull();
    expect(parsed.header("content-length")).toBeNull();
  });

  test.each(["HTTP/2 200 OK", "HTTP/1.1 abc", "HTTP/1.1", "ICY 200 OK", "", "HTTP/1.9 200 OK"])(
    "refuses %j",
    (text) => {
      expect(() => new Head(text)).toThrow("not HTTP/1");
    },
  );
});

describe("BodyFramer", () => {
  const chunked = Buffer.from("5;ext=1\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");

  test("takes chunks apart at every split and every pair of splits", () => {
    for (let a = 0; a <= chunked.length; a++) {
      for (let b = a; b <= chunked.length; b++) {
        const pieces = [chunked.subarray(0, a), chunked.subarray(a, b), chunked.subarray(b)];
        const { body, framer } = frame(head("Transfer-Encoding: chunked"), pieces);
        expect(body).toBe("hello 0123456789");
        expect(framer.done).toBe(true);
        expect(framer.surplusBytes).toBe(0);
        expect(framer.keepAlive).toBe(true);
      }
    }
  });

  test("a body by length ends where it says; what follows is surplus", () => {
    const { body, framer } = frame(head("Content-Length: 5"), [Buffer.from("hel"), Buffer.from("loHTTP/1.1 200")]);
    expect(body).toBe("hello");
    expect(framer.done).toBe(true);
    expect(framer.surplusBytes).toBe(12);
  });

  test("an empty body is done at once", () => {
    expect(new BodyFramer(head("Content-Length: 0")).done).toBe(true);
    expect(new BodyFramer(new Head("HTTP/1.1 204 No Content")).done).toBe(true);
  });

  test("without a length the body ends with the connection, which is not kept", () => {
    const { body, framer } = frame(head(), [Buffer.from("abc"), Buffer.from("def")]);
    expect(body).toBe("abcdef");
    expect(framer.done).toBe(false);
    expect(framer.endsWithConnection).toBe(true);
    expect(framer.keepAlive).toBe(false);
  });

  test("a connection that is to be closed is not kept", () => {
    expect(new BodyFramer(head("Content-Length: 1", "Connection: Close")).keepAlive).toBe(false);
    expect(new BodyFramer(new Head("HTTP/1.0 200 OK\r\nContent-Length: 1")).keepAlive).toBe(false);
  });

  test.each([
    ["a chunk longer than its size", "3\r\nhello\r\n"],
    ["a size that is none", "xyz\r\n"],
    ["an empty size", "\r\nhello"],
    ["a negative size", "-5\r\nhello"],
    ["a size line without an end", "1".repeat(5000)],
  ])("refuses %s", (_name, text) => {
    expect(() => frame(head("Transfer-Encoding: chunked"), [Buffer.from(text)])).toThrow("the answer has a");
  });

  test.each(["Content-Length: 12abc", "Content-Length: -1", "Transfer-Encoding: gzip"])("refuses %s", (line) => {
    expect(() => new BodyFramer(head(line))).toThrow("the answer has a");
  });
});
