import { describe, expect, test } from "bun:test";
import { FrameWriter } from "./frame-writer.ts";
import { LineReader } from "./line-reader.ts";

describe("lines", () => {
  test("come whole however the bytes are cut", () => {
    const bytes = Buffer.from('{"a":"漢字"}\n\n{"b":"☁"}\nrest');
    for (let size = 1; size <= bytes.length; size++) {
      const lines: string[] = [];
      const reader = new LineReader({ lineBytesMax: 100, onLine: (line) => lines.push(line) });
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      expect(lines).toEqual(['{"a":"漢字"}', "", '{"b":"☁"}']);
    }
  });

  test("have a bound", () => {
    const reader = new LineReader({ lineBytesMax: 10, onLine: () => undefined });
    reader.push(Buffer.from("0123456789"));
    expect(() => reader.push(Buffer.from("0"))).toThrow("more than 10 bytes");
  });
});

describe("frames", () => {
  const slowSocket = () => {
    const taken: Uint8Array[] = [];
    return {
      taken,
      room: 0,
      write(data: Uint8Array) {
        const part = data.slice(0, this.room);
        this.room -= part.length;
        if (part.length > 0) this.taken.push(part);
        return part.length;
      },
    };
  };

  test("of one turn go out in one write", async () => {
    const socket = slowSocket();
    socket.room = 1000;
    const writer = new FrameWriter(socket, { waitingBytesMax: 1000, onOverflow: () => undefined });
    for (let i = 0; i < 5; i++) writer.send({ i });
    await Bun.sleep(5);
    expect(socket.taken).toHaveLength(1);
  });

  test("wait in order while the peer takes little", async () => {
    const socket = slowSocket();
    const writer = new FrameWriter(socket, { waitingBytesMax: 1000, onOverflow: () => undefined });
    let expected = "";
    for (let i = 0; i < 20; i++) {
      writer.send({ i });
      expected += `${JSON.stringify({ i })}\n`;
      await Bun.sleep(0);
      socket.room = 3;
      writer.drain();
    }
    for (let i = 0; i < 200; i++) {
      socket.room = 7;
      writer.drain();
    }
    expect(Buffer.concat(socket.taken).toString()).toBe(expected);
    expect(writer.waitingBytes).toBe(0);
  });

  test("for a dead peer do not pile up", async () => {
    const socket = slowSocket();
    let overflows = 0;
    const writer = new FrameWriter(socket, { waitingBytesMax: 100, onOverflow: () => overflows++ });
    for (let i = 0; i < 50; i++) {
      writer.send({ text: "x".repeat(50) });
      writer.flush();
    }
    expect(overflows).toBe(1);
    expect(writer.waitingBytes).toBe(0);
  });
});
