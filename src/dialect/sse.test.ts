import { describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { leastCpuMs, timesOfQuarter } from "../testing/cpu-time.ts";
import { encodeSseData, EventStreamParser, type SseEvent } from "./sse.ts";

interface Seen {
  data: string;
  event: string;
  id: string | undefined;
}

/** Parses the chunks. Comments are left out of `events`; `raw` has the bytes of all events. */
function parse(chunks: Uint8Array[]): { events: Seen[]; raw: Buffer; comments: number; rest: string | undefined } {
  const parser = new EventStreamParser();
  const events: Seen[] = [];
  const raws: Uint8Array[] = [];
  let comments = 0;
  const onEvent = (event: SseEvent) => {
    raws.push(event.raw);
    if (event.isComment) comments++;
    else events.push({ data: event.data, event: event.event, id: event.id });
  };
  for (const chunk of chunks) parser.push(chunk, onEvent);
  const rest = parser.end();
  return { events, raw: Buffer.concat(raws), comments, rest: rest && Buffer.from(rest.raw).toString("latin1") };
}

const message = (data: string, event = "message", id?: string): Seen => ({ data, event, id });

const corpus: { name: string; text: string; events: Seen[]; rest?: string }[] = [
  { name: "LF", text: "data: a\n\ndata: b\n\n", events: [message("a"), message("b")] },
  { name: "CRLF", text: "data: a\r\n\r\ndata: b\r\n\r\n", events: [message("a"), message("b")] },
  { name: "lone CR", text: "data: a\r\rdata: b\r\r", events: [message("a"), message("b")] },
  {
    name: "mixed ends",
    text: "data: a\r\n\ndata: b\n\r\ndata: c\r\n\r",
    events: [message("a"), message("b"), message("c")],
  },
  {
    name: "comments",
    text: ": keep-alive\n\n:\n\ndata: a\n: inside\n\n\n\ndata: b\n\n",
    events: [message("a"), message("b")],
  },
  {
    name: "characters of many bytes",
    text: "data: 云 سحاب 🌩️\n\nid: é\ndata:x\n\n",
    events: [message("云 سحاب 🌩️"), message("x", "message", "é")],
  },
  { name: "several data lines", text: "data: a\ndata:\ndata:  b\ndata\n\n", events: [message("a\n\n b\n")] },
  { name: "empty data", text: "data\n\ndata:\n\n", events: [message(""), message("")] },
  {
    name: "fields",
    text: "event: ping\nid: 7\nretry: 10\nfoo: bar\ndatabase: no\ndata: {}\n\n",
    events: [message("{}", "ping", "7")],
  },
  { name: "no data", text: "event: ping\n\nretry: 5\n\ndata: a\n\n", events: [message("a")] },
  { name: "unterminated", text: "data: a\n\ndata: b\n", events: [message("a")], rest: "data: b\n" },
  { name: "cut in a line", text: "data: a\r\n\r\ndata: b", events: [message("a")], rest: "data: b" },
];

describe("EventStreamParser", () => {
  for (const { name, text, events, rest } of corpus) {
    test(`${name}: every split and every pair of splits`, () => {
      const bytes = Buffer.from(text);
      for (let i = 0; i <= bytes.length; i++) {
        for (let j = i; j <= bytes.length; j++) {
          const seen = parse([bytes.subarray(0, i), bytes.subarray(i, j), bytes.subarray(j)]);
          expect(seen.events).toEqual(events);
          expect(seen.rest?.replace(/^\n/, "")).toBe(rest);
          checkBytes(bytes, seen.raw, seen.rest);
        }
      }
    });
  }

  test("random splits of the whole corpus", () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    console.log(`sse random splits: seed ${seed}`);
    const random = createRandom(seed);
    const whole = corpus.filter((entry) => entry.rest === undefined);
    const bytes = Buffer.from(whole.map((entry) => entry.text).join(""));
    for (let round = 0; round < 500; round++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const next = at + Math.floor(random() ** 3 * 40);
        chunks.push(bytes.subarray(at, next));
        at = next;
      }
      const seen = parse(chunks);
      expect(seen.events).toEqual(whole.flatMap((entry) => entry.events));
      checkBytes(bytes, seen.raw, seen.rest);
    }
  });

  test("one byte at a time", () => {
    for (const { text, events } of corpus) {
      const chunks = [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
      expect(parse(chunks).events).toEqual(events);
    }
  });

  test("keep-alives are reported as comments, with their bytes", () => {
    expect(parse([Buffer.from(": keep-alive\n\ndata: a\n\n")]).comments).toBe(1);
  });

  test.each([
    ['{"error":{"message":"boom"}}', '{"error":{"message":"boom"}}'],
    ['{\r\n  "error": "boom"\r\n}', '{\r\n  "error": "boom"\r\n}'],
    ["Internal Server Error", "Internal Server Error"],
    ["data: a\n<html>", "<html>"],
    ["<html>\ndata: a", "<html>\ndata: a"],
    ['error: {"code":500}', ' {"code":500}'],
    ["\uFEFFdata: a", "\uFEFFdata: a"],
    [" data: a", " data: a"],
  ])("a line that is no field is stray, and the data beside it does not count: %j", (text, stray) => {
    const seen: SseEvent[] = [];
    new EventStreamParser().push(Buffer.from(`${text}\n\n`), (event) => seen.push(event));
    expect(seen.map((event) => event.stray?.trimEnd())).toEqual([stray]);
    expect(seen[0]?.isComment).toBe(true);
  });

  test.each(["foo: bar", "foo", "x-y.z_1: {}", ":", ": <html>", "  ", "\t"])(
    "what the rules tell to ignore is not stray: %j",
    (text) => {
      const seen: SseEvent[] = [];
      new EventStreamParser().push(Buffer.from(`${text}\ndata: a\n\n`), (event) => seen.push(event));
      expect(seen.map((event) => [event.stray, event.data])).toEqual([[undefined, "a"]]);
    },
  );

  test("an event within one chunk is a view of it, not a copy", () => {
    const chunk = new Uint8Array(Buffer.from("data: a\n\ndata: b\n\n"));
    const buffers: ArrayBufferLike[] = [];
    new EventStreamParser().push(chunk, (event) => buffers.push(event.raw.buffer, event.dataRange.bytes.buffer));
    expect(buffers).toHaveLength(4);
    for (const buffer of buffers) expect(buffer).toBe(chunk.buffer);
  });

  test("an event over the bound is refused", () => {
    const parser = new EventStreamParser({ eventBytesMax: 20 });
    expect(() => parser.push(Buffer.from("data: short\n\n"), () => {})).not.toThrow();
    expect(() => {
      for (let i = 0; i < 10; i++) parser.push(Buffer.from("12345"), () => {});
    }).toThrow(SahabError);
    expect(() =>
      new EventStreamParser({ eventBytesMax: 20 }).push(Buffer.from(`data: ${"x".repeat(30)}\n\n`), () => {}),
    ).toThrow(/at most 20/);
  });

  test("a large event in small chunks takes time in proportion to its size", () => {
    const read = (megabytes: number) => () => {
      const parser = new EventStreamParser({ eventBytesMax: 100 * 1024 * 1024 });
      const chunk = Buffer.alloc(1024, "x");
      let size = 0;
      parser.push(Buffer.from("data: "), () => {});
      for (let i = 0; i < megabytes * 1024; i++) parser.push(chunk, () => {});
      parser.push(Buffer.from("\n\n"), (event) => (size = event.dataRange.end - event.dataRange.start));
      expect(size).toBe(megabytes * 1024 * 1024);
    };
    // Where each chunk copied all that came before it, four times the bytes would take sixteen times as long.
    expect(timesOfQuarter(read(64), read(16))).toBeLessThan(10);
  });

  test.each([
    ["LF", "\n"],
    ["CR", "\r"],
  ])("many lines that end in %s take time in proportion to their number", (_name, lineEnd) => {
    const timeOf = (lines: number) => {
      const chunk = Buffer.from(`:${lineEnd}`.repeat(lines) + `data: a${lineEnd}${lineEnd}`);
      return leastCpuMs(3, () => {
        let events = 0;
        new EventStreamParser().push(chunk, (event) => {
          if (event.data === "a") events++;
        });
        expect(events).toBe(1);
      });
    };
    timeOf(1_000);
    // Eight times the lines took 64 times as long while each line searched the rest for the other kind of end.
    expect(timeOf(80_000)).toBeLessThan(32 * timeOf(10_000) + 5);
  });
});

test("encodeSseData writes what the parser reads", () => {
  const text = encodeSseData("a\nb\r\nc", "x") + encodeSseData('{"a":1}');
  expect(parse([Buffer.from(text)]).events).toEqual([message("a\nb\nc", "x"), message('{"a":1}')]);
});

/** The raw bytes are the stream, except for an LF that a cut separated from the stream's last CR. */
function checkBytes(bytes: Buffer, raw: Buffer, rest: string | undefined): void {
  const handed = Buffer.concat([raw, Buffer.from(rest ?? "", "latin1")]);
  if (handed.equals(bytes)) return;
  expect(bytes.toString()).toEndWith("\r\n");
  expect(handed.equals(bytes.subarray(0, -1))).toBe(true);
}

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
