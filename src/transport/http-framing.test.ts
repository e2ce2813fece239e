import { describe, expect, test } from "bun:test";
import { findHeadEnd } from "../http/index.ts";
import { BodyFramer, Head } from "./http-framing.ts";

function head(...lines: string[]): Head {
  return new Head(["HTTP/1.1 200 OK", ...lines].join("\r\n"));
}

/** The body that a framer finds when the bytes come in these pieces. */
function frame(headers: Head, pieces: Buffer[]): { body: string; framer: BodyFramer } {
  const framer = new BodyFramer(headers);
  let body = "";
  // Pushed bytes are copies, since the framer may move parts of them together.
  for (const piece of pieces) body += framer.push(Buffer.from(piece))?.toString("latin1") ?? "";
  return { body, framer };
}

describe("Head", () => {
  test("finds headers whatever their case, and returns null for absent ones", () => {
    const parsed = head("Content-Type: text/event-stream ", "X-Long:   a: b ");
    expect(parsed.status).toBe(200);
    expect(parsed.first("content-type")).toBe("text/event-stream");
    expect(parsed.first("x-long")).toBe("a: b");
    expect(parsed.first("long")).toBeNull();
    expect(parsed.first("content-length")).toBeNull();
  });

  test.each(["HTTP/2 200 OK", "HTTP/1.1 abc", "HTTP/1.1", "ICY 200 OK", "", "HTTP/1.9 200 OK"])(
    "refuses %j",
    (text) => {
      expect(() => new Head(text)).toThrow("not HTTP/1");
    },
  );

  test("joins the values of a header that occurs several times", () => {
    const parsed = head("Via: a", "X: 1", "via:b ");
    expect(parsed.get("via")).toBe("a, b");
    expect(parsed.first("via")).toBe("a");
    expect(parsed.get("x-via")).toBeNull();
  });

  test.each(["HTTP/1.1 200 OK\nContent-Length: 5", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 5"])(
    "refuses lines that end in a lone LF: %j",
    (text) => {
      expect(() => new Head(text)).toThrow("LF without CR");
    },
  );

  test.each([
    ["HTTP/1.1 2000 OK", "status line"],
    ["HTTP/1.1 20 OK", "status line"],
    ["HTTP/1.1  200 OK", "status line"],
    ["HTTP/1.1 200 O\0K", "status line"],
    ["HTTP/1.1 200 OK\r\nContent-Length : 5", "space before the colon"],
    ["HTTP/1.1 200 OK\r\nContent-Length\t: 5", "space before the colon"],
    ["HTTP/1.1 200 OK\r\nX: a\r\n b", "folded"],
    ["HTTP/1.1 200 OK\r\nX: a\0b", "control character"],
    ["HTTP/1.1 200 OK\r\nX: a\rContent-Length: 5", "control character"],
    ["HTTP/1.1 200 OK\r\nno header", "no header"],
    ["HTTP/1.1 200 OK\r\n: 5", "no header"],
    ["HTTP/1.1 200 OK\r\nX(y): 5", "no header"],
  ])("refuses %j, and names the fault", (text, fault) => {
    expect(() => new Head(text)).toThrow(fault);
  });

  test("accepts a status line without a reason, and letters beyond ASCII in values", () => {
    expect(new Head("HTTP/1.1 200").status).toBe(200);
    expect(new Head("HTTP/1.1 404 \r\nX: \xe9\ta").first("x")).toBe("\xe9\ta");
  });
});

describe("the end of a head", () => {
  test("is found, and at every cut before it reported as not there yet", () => {
    const whole = Buffer.from("HTTP/1.1 200 OK\r\nX: a\r\n\r\nbody\n");
    const end = whole.indexOf("\r\n\r\n");
    expect(findHeadEnd(whole)).toBe(end);
    for (let cut = 0; cut < end + 4; cut++) {
      expect(findHeadEnd(whole.subarray(0, cut))).toBe(-1);
      expect(findHeadEnd(whole, Math.max(0, cut - 3))).toBe(end);
    }
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
        const { body, framer } = frame(head("Transfer-Encoding: Chunked"), pieces);
        expect(body).toBe("hello 0123456789");
        expect(framer.done).toBe(true);
        expect(framer.surplusBytes).toBe(0);
        expect(framer.keepAlive).toBe(true);
      }
    }
  });

  test("many small chunks in one read are one piece", () => {
    const framer = new BodyFramer(head("Transfer-Encoding: chunked"));
    const piece = framer.push(Buffer.from("1\r\na\r\n3\r\nbcd\r\n1\r\ne\r\n".repeat(50)));
    expect(piece?.toString()).toBe("abcde".repeat(50));
    expect(framer.done).toBe(false);
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
    ["a size that no number holds", "fffffffffffffffff\r\n"],
    ["a size with a sign of hexadecimal", "0x5\r\nhello\r\n"],
    ["a size line that ends in a lone LF", "5\nhello\r\n"],
    ["a control character in an extension", "5;a=\0\r\nhello\r\n"],
    ["a chunk without CRLF after it", "5\r\nhello5\r\nhello\r\n"],
    ["a chunk with LF alone after it", "5\r\nhello\n0\r\n\r\n"],
    ["a trailer that is no header", "0\r\nhello\r\n\r\n"],
    ["trailers without end", `0\r\n${"x: y\r\n".repeat(10_000)}`],
  ])("refuses %s", (_name, text) => {
    expect(() => frame(head("Transfer-Encoding: chunked"), [Buffer.from(text)])).toThrow("the answer has ");
  });

  test("refuses a transfer-encoding beside a content-length, in either order, and in HTTP/1.0", () => {
    expect(() => new BodyFramer(head("Transfer-Encoding: chunked", "Content-Length: 5"))).toThrow("beside");
    expect(() => new BodyFramer(head("Content-Length: 5", "Transfer-Encoding: chunked"))).toThrow("beside");
    expect(() => new BodyFramer(new Head("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked"))).toThrow("HTTP/1.0");
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

  test("accepts the same length twice", () => {
    const twice = frame(head("Content-Length: 5", "X: a", "content-length: 5"), [Buffer.from("hello")]);
    expect(twice.framer.done).toBe(true);
  });

  test.each(["gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", ""])(
    "refuses the transfer coding %j, which it would pass on undecoded",
    (coding) => {
      expect(() => new BodyFramer(head(`Transfer-Encoding: ${coding}`))).toThrow("not chunked alone");
    },
  );
});
