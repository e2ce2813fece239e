import type { Socket } from "node:net";
import { chatChunk, doneEvent } from "../fake-vendor.ts";
import {
  answerHead,
  bodyChunk,
  eventStreamHead,
  startRudeVendor,
  type RudeScript,
  type RudeVendor,
} from "../rude-vendor.ts";

/** A vendor whose answers are expensive to read. The model's name chooses the answer. */
export function startHostileVendor(): Promise<RudeVendor> {
  return startRudeVendor(Object.fromEntries(Object.entries(answers).map(([name, parts]) => [name, scriptOf(parts)])));
}

/** Writes part after part, as fast as they are read and not faster. */
function scriptOf(parts: () => Iterable<string>): RudeScript {
  return ({ socket }) => {
    void (async () => {
      for (const part of parts()) {
        if (socket.destroyed) return;
        if (!socket.write(part)) await drained(socket);
      }
      socket.end();
    })();
  };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}

function* repeat(part: string, times: number): Generator<string> {
  for (let count = 0; count < times; count++) yield part;
}

const first = chatChunk({ role: "assistant", content: "a" });
const last = chatChunk({}, {}, "stop") + doneEvent;
const jsonHead = (bytes: number) =>
  answerHead("200 OK", { "content-type": "application/json", "content-length": String(bytes) });

const answers: Record<string, () => Iterable<string>> = {
  *"byte-by-byte"() {
    yield eventStreamHead + bodyChunk(first);
    const oneByOne = Array.from(chatChunk({ content: "b" }))
      .map(bodyChunk)
      .join("");
    yield* repeat(oneByOne, 20_000);
    yield `${bodyChunk(last)}0\r\n\r\n`;
  },
  *"byte-by-byte-whole"() {
    yield answerHead("200 OK", { "content-type": "application/json", "transfer-encoding": "chunked" });
    yield bodyChunk(`{"choices":[{"message":{"content":"`);
    yield* repeat(bodyChunk("x").repeat(1_000), 8_000);
    yield "0\r\n\r\n";
  },
  *"a-line-without-end"() {
    yield eventStreamHead + bodyChunk(first) + bodyChunk("data: ");
    yield* repeat(bodyChunk("x".repeat(64 * 1024)), 1_000);
    yield "0\r\n\r\n";
  },
  *"nothing-but-comments"() {
    yield eventStreamHead;
    yield* repeat(bodyChunk(": still here\n\n".repeat(500)), 5_000);
    yield "0\r\n\r\n";
  },
  *"empty-deltas"() {
    yield eventStreamHead + bodyChunk(first);
    yield* repeat(bodyChunk(chatChunk({ content: "" }).repeat(100)), 2_000);
    yield `${bodyChunk(last)}0\r\n\r\n`;
  },
  *"a-body-of-brackets"() {
    const part = "[],".repeat(10_000);
    yield jsonHead(part.length * 2_000 + 8);
    yield `{"a":[`;
    yield* repeat(part, 2_000);
    yield "[]";
  },
  *"extensions-of-chunks"() {
    yield eventStreamHead + bodyChunk(first);
    yield* repeat(`1;${"x".repeat(200)}\r\n:\r\n`.repeat(100), 1_000);
    yield `${bodyChunk(last)}0\r\n\r\n`;
  },
};

export const hostileModels = Object.keys(answers);
