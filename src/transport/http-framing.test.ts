import { describe, expect, test } from "bun:test";
import { BodyFramer, findHeadEnd, Head } from "./http-framing.ts";

function head(...lines: string[]): Head {
  return new Head(["HTTP/1.1 200 OK", ...lines].join("\r\n"));
}

/** The body that a framer finds when the bytes come in these pieces. */
function frame(headers: Head, pieces: Buffer[]): { body: string; framer: BodyFramer } {
  const framer = new BodyFramer(headers);
  let body = "";
  for (const piece of pieces) framer.push(piece, (part) => (body += part.toString("latin1")));
  return { body, framer };
}

describe("Head", () => {
  test("finds headers whatever their case, and returns null for absent ones", () => {
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

  test("joins the values of a header that occurs several times", () => {
    const parsed = head("Via: a", "X: 1", "via:b ");
    expect(parsed.headers("via")).toBe("a, b");
    expect(parsed.header("via")).toBe("a");
    expect(parsed.headers("x-via")).toBeNull();
  });

  test.each(["HTTP/1.1 200 OK\nContent-Length: 5", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 5"])(
    "refuses lines that end in a lone LF: %j",
    (text) => {
      expect(() => new Head(text)).toThrow("LF without CR");
    },
  );
});

describe("the end of a head", () => {
  test("is found, and at every cut before it reported as not there yet", () => {
    const whole = Buffer.from("HTTP/1.1 200 OK\r\nX: a\r\n\r\nbody\n");
    const end = whole.indexOf("\r\n\r\n");
    expect(findHeadEnd(whole)).toBe(end);
    for (let cut = 0; cut < end + 4; cut++) expect(findHeadEnd(whole.subarray(0, cut))).toBe(-1);
  });

  test("is not waited for where lines end in a lone LF", () => {
    for (const text of [
      "\n",
      "HTTP/1.1 200 OK\n",
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      "HTTP/1.1 200 OK\r\nX: a\n",
    ])
      expect(() => findHeadEnd(Buffer.from(text))).toThrow("LF without CR");
  });
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
    expect(new BodyFramer(head("Content-Length: 1", "Connection: x", "Connection: close")).keepAlive).toBe(false);
    expect(new BodyFramer(new Head("HTTP/1.0 200 OK\r\nContent-Length: 1")).keepAlive).toBe(false);
  });

  test.each([
    ["a chunk longer than its size", "3\r\nhello\r\n"],
    ["a size that is not a number", "xyz\r\n"],
    ["an empty size", "\r\nhello"],
    ["a negative size", "-5\r\nhello"],
    ["a size line without an end", "1".repeat(5000)],
  ])("refuses %s", (_name, text) => {
    expect(() => frame(head("Transfer-Encoding: chunked"), [Buffer.from(text)])).toThrow("the answer has a");
  });

  test.each(["Content-Length: 12abc", "Content-Length: -1", "Content-Length: ", "Transfer-Encoding: gzip"])(
    "refuses %s",
    (line) => {
      expect(() => new BodyFramer(head(line))).toThrow("the answer has a");
    },
  );

  test.each([[["5", "6"]], [["5", "5, 6"]], [["5, 6"]], [["5", ""]], [["5", "05"]]])(
    "refuses content-lengths that differ: %p",
    (lengths) => {
      const lines = lengths.map((length) => `Content-Length: ${length}`);
      expect(() => new BodyFramer(head(...lines))).toThrow("differ");
    },
  );

  test("accepts the same length twice, and a coding spread over headers", () => {
    const twice = frame(head("Content-Length: 5", "X: a", "content-length: 5"), [Buffer.from("hello")]);
    expect(twice.framer.done).toBe(true);
    const spread = head("Transfer-Encoding: gzip", "Transfer-Encoding: chunked");
    expect(frame(spread, [chunked]).framer.done).toBe(true);
    // Chunked is not the last coding, so the body's end is unknown.
    const wrong = head("Transfer-Encoding: chunked", "Transfer-Encoding: gzip");
    expect(() => new BodyFramer(wrong)).toThrow("not chunked");
  });
});
