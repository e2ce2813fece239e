import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Batch } from "../../call/index.ts";
import { meaningOf } from "../../testing/meaning.ts";
import { recordingsOf } from "../../testing/recordings.ts";
import type { KeptAnswer, StoredAnswer } from "../dialect.ts";
import { changingIdsStream, framed, lmStudioStream, openaiStream } from "./fixtures.ts";
import { openaiResponses } from "./index.ts";
import { toKept } from "./kept-answer.ts";

// What is kept of an answer, whoever wrote it; what is told of it later; and how a request goes on from it.

const form = openaiResponses.stored;
if (!form) throw new Error("Responses are kept");

interface Options {
  stream: boolean;
  isRaw: boolean;
  previousId?: string;
  queuedId?: string;
  /** Where the bytes are cut. */
  cuts?: readonly number[];
}

function open(body: object, options: Partial<Options> = {}) {
  const { previousId, queuedId } = options;
  return openaiResponses.open({
    operation: "chat",
    path: "/v1/responses",
    headers: { get: () => null },
    body: Buffer.from(JSON.stringify(body)),
    queuedId,
    continues: previousId === undefined ? undefined : { previousId },
  });
}

/** A vendor's answer on its way to a client, and what is kept of it. */
function keep(bytes: Uint8Array, options: Options): { sent: string; kept: KeptAnswer } {
  const { stream, isRaw, cuts = [] } = options;
  const reader = openaiResponses.reader({ operation: "chat", stream, choiceCount: 1, isRaw });
  const batches: Batch[] = [];
  for (const [at, cut] of [...cuts, bytes.length].entries()) {
    batches.push(...reader.push(bytes.slice(cuts[at - 1] ?? 0, cut)));
    for (let { rest } = reader; rest; { rest } = reader) batches.push(...reader.push(rest));
  }
  if (!batches.some(({ facts }) => facts.isEnd || facts.failure)) batches.push(reader.end());
  const failure = batches.find(({ facts }) => facts.failure)?.facts.failure;
  if (failure) throw failure;
  const asked = { model: "m", input: "Hi", stream };
  const writer = open(asked, options).writer({ requestId: "r", isRaw, isKept: true, usageExtra: () => ({}) });
  const text = (piece: Uint8Array | string | undefined) => (piece === undefined ? "" : Buffer.from(piece).toString());
  let sent = batches.map((batch) => text(writer.write(batch))).join("");
  const early = stream ? writer.kept?.() : undefined;
  sent += text(writer.end());
  const kept = early ?? writer.kept?.();
  if (!kept) throw new Error("nothing was kept");
  return { sent, kept };
}

const storedOf = (kept: KeptAnswer, more: Partial<StoredAnswer> = {}): StoredAnswer => ({
  model: "m",
  createdS: 1_700_000_000,
  request: JSON.stringify({ model: "m", input: "Hi" }),
  previousId: undefined,
  ...kept,
  ...more,
});

const fixtures = Object.entries({ openaiStream, lmStudioStream, changingIdsStream }).map(([name, text]) => ({
  name,
  stream: true,
  bytes: framed(text),
}));
const recordings = [...fixtures, ...recordingsOf("responses").filter(({ isBroken }) => !isBroken)];

describe("an answer that was kept says the same", () => {
  for (const { name, stream, bytes } of recordings)
    for (const isRaw of [true, false])
      test(`${name}${stream ? ", streamed" : ""}, ${isRaw ? "the vendor's bytes" : "written anew"}`, () => {
        const { sent, kept } = keep(bytes, { stream, isRaw });
        expect(sent).toContain(kept.id);
        for (const part of kept.parts ?? []) expect(kept.answer).toContain(part);
        const whole = meaning(false, kept.answer, isRaw);
        expect(readings(stream, Buffer.from(bytes).toString(), isRaw)).toContainEqual(whole);
        const told = form.encodeStream?.(storedOf(kept), new URLSearchParams("stream=true")) ?? "";
        expect(meaning(true, told, isRaw)).toEqual(whole);
      });

  /** Of what is written anew, foreign items and what Sahab has no place for are not to be there. */
  function meaning(stream: boolean, text: string, withSignatures: boolean) {
    const { cost: _cost, signatures, ...said } = meaningOf("responses", stream, text);
    return { ...said, ...(withSignatures && { signatures }) };
  }

  /** By its pieces, and by the response at its end: of some recordings the pieces were shortened. */
  function readings(stream: boolean, text: string, withSignatures: boolean) {
    const last = stream
      ? /.*"type": ?"response\.(?:completed|incomplete)".*/.exec(text)?.[0].replace(/^data: /, "")
      : undefined;
    const { response } = JSON.parse(last ?? "{}") as { response?: object };
    return [
      meaning(stream, text, withSignatures),
      ...(response ? [meaning(false, JSON.stringify(response), withSignatures)] : []),
    ];
  }

  test("wherever the bytes are cut", () => {
    for (const { bytes } of fixtures) {
      const whole = keep(bytes, { stream: true, isRaw: true });
      const anyCuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 20 });
      fc.assert(
        fc.property(anyCuts, (cuts) => {
          const sorted = cuts.toSorted((a, b) => a - b);
          expect(keep(bytes, { stream: true, isRaw: true, cuts: sorted })).toEqual(whole);
        }),
        { numRuns: 30 },
      );
    }
  });

  test("and how it is kept, in the vendor's own bytes as well", () => {
    const whole =
      '{ "id":"resp_1","object":"response","store":false , "status":"completed","output":[ ],"n":12345678901234567890}';
    const state = { stream: false, isRaw: true, previousId: "resp_0" };
    expect(keep(Buffer.from(whole), state).sent).toBe(
      whole.replace("{ ", '{"previous_response_id":"resp_0", ').replace('"store":false', '"store":true'),
    );
    const queued = keep(Buffer.from(whole), { ...state, queuedId: "resp_q" });
    expect(JSON.parse(queued.sent)).toMatchObject({ id: "resp_q", background: true, store: true });
    expect(queued.kept.id).toBe("resp_q");
    const { sent } = keep(framed(openaiStream), { stream: true, isRaw: true, previousId: "resp_0" });
    expect(sent.match(/"previous_response_id":"resp_0"/g)).toHaveLength(3);
  });

  test("whatever bytes a vendor has sent, nothing throws", () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"id":"r","output":[${json}]}`),
    );
    fc.assert(
      fc.property(anyText, fc.array(fc.json(), { maxLength: 3 }), (text, items) => {
        expect(typeof toKept(text, items).answer).toBe("string");
      }),
    );
  });
});

describe("a stream that follows an answer", () => {
  test("begins as it ends, whichever state it is in", () => {
    const request = JSON.stringify({ model: "m", input: "Hi", background: true });
    const { kept } = keep(framed(openaiStream), { stream: true, isRaw: true, queuedId: "resp_q" });
    const done = storedOf(kept, { request });
    const none = { answer: undefined };
    const all = form.encodeStream?.(done, new URLSearchParams("stream=true")) ?? "";
    for (const status of ["queued", "in_progress"] as const)
      expect(all).toStartWith(
        form.encodeStream?.({ ...done, ...none, status }, new URLSearchParams("stream=true")) ?? "x",
      );
    for (const status of ["failed", "cancelled"] as const) {
      const text = form.encodeStream?.({ ...done, ...none, status }, new URLSearchParams("stream=true")) ?? "";
      expect(text).not.toContain("response.completed");
      expect(text).toContain(`"status":"${status}"`);
    }
    expect(form.encodeStream?.(done, new URLSearchParams(""))).toBeUndefined();
  });
});

describe("a request that goes on", () => {
  const message = { id: "msg_1", type: "message", role: "assistant", content: [] };
  const answerOf = (output: object[]) => ({
    id: "resp_1",
    status: "completed" as const,
    answer: JSON.stringify({ output }),
  });

  test("has the bytes of all items, earlier ones first", () => {
    const request =
      '{"model":"m","input":[{"role":"user", "content":"1.0"},{"type":"function_call_output","call_id":"c","output":"12345678901234567890"}]}';
    const earlier = storedOf(answerOf([message]), { request });
    const own = open({ store: false, previous_response_id: "resp_1", model: "m", input: "And?" });
    expect(own.keeps).toMatchObject({ isStored: false, previous: { id: "resp_1", param: "previous_response_id" } });
    const text = Buffer.from(own.continued?.([earlier], []) ?? []).toString();
    expect(text).toBe(
      `{"store":false,"model":"m","input":[{"role":"user", "content":"1.0"},{"type":"function_call_output","call_id":"c","output":"12345678901234567890"},${JSON.stringify(message)},{"role":"user","content":"And?"}]}`,
    );
  });

  test("needs no input of its own", () => {
    const earlier = storedOf(answerOf([message]));
    for (const input of [undefined, null]) {
      const own = open({ previous_response_id: "resp_1", model: "m", input });
      const { input: sent } = JSON.parse(Buffer.from(own.continued?.([earlier], []) ?? []).toString()) as {
        input: unknown;
      };
      expect(sent).toEqual([{ role: "user", content: "Hi" }, message]);
      const next = storedOf(answerOf([]), { request: JSON.stringify({ model: "m", input }) });
      expect(form.encode("list-stored-input", next, new URLSearchParams(), "r")).toMatchObject({ data: [] });
    }
    expect(() => open({ model: "m" })).toThrow("input: expected a string or an array of items");
    expect(() => open({ model: "m", input: 1, previous_response_id: "resp_1" })).toThrow("input: expected");
  });

  test("gets the items that it, or an earlier one, only names", () => {
    const reference = { type: "item_reference", id: "msg_1" };
    const request = JSON.stringify({ model: "m", input: [{ role: "user", content: "a" }, reference] });
    expect(form.namedParts?.(request)).toEqual(["msg_1"]);
    const holder = storedOf(answerOf([message]));
    const earlier = storedOf(answerOf([]), { request });
    const own = open({ model: "m", input: [reference, { role: "user", content: 'no "item_reference"' }] });
    expect(own.keeps?.namedParts).toEqual(["msg_1"]);
    const { input } = JSON.parse(Buffer.from(own.continued?.([earlier], [holder]) ?? []).toString()) as {
      input: object[];
    };
    expect(input).toEqual([
      { role: "user", content: "a" },
      message,
      message,
      { role: "user", content: 'no "item_reference"' },
    ]);
    expect(() => own.continued?.([], [])).toThrow("Item with id 'msg_1' not found.");
  });

  test("is refused before it names a large item so often that all of it together would fill the memory", () => {
    const large = { ...message, content: [{ type: "output_text", text: "x".repeat(1_000_000) }] };
    const input = Array.from({ length: 10_000 }, () => ({ type: "item_reference", id: "msg_1" }));
    const own = open({ model: "m", input });
    expect(() => own.continued?.([], [storedOf(answerOf([large]))])).toThrow("goes on from has");
  });

  test("leaves out what another vendor's model thought, for a vendor that would look for it", () => {
    const thought = (more: object) => ({ type: "reasoning", id: "rs_1", summary: [], ...more });
    const proved = [
      thought({ encrypted_content: "x" }),
      thought({ content: [{ type: "reasoning_text", text: "hm" }] }),
    ];
    const input = [
      { role: "user", content: "a" },
      thought({}),
      ...proved,
      thought({ encrypted_content: null, content: [] }),
    ];
    const sentFor = (options: Partial<Options>) => {
      const { pieces } = open({ model: "m", input, store: false }, options).rewrite("m");
      return (JSON.parse(Buffer.concat(pieces).toString()) as { input: object[] }).input;
    };
    expect(sentFor({ previousId: "resp_1" })).toEqual([{ role: "user", content: "a" }, ...proved]);
    // What a client sends itself is its own affair.
    expect(sentFor({})).toEqual(input);
  });
});
