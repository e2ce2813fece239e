import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { toSahabError } from "../../base/errors.ts";
import type { AnswerEvent, Batch, ChatEvent } from "../../call/index.ts";
import { foldAnswer, textOf, toolCallsOf } from "../fold-answer.ts";
import type { AnswerKind } from "../dialect.ts";
import {
  cumulativeStream,
  framed,
  thinkingStream,
  toolStream,
  wholeMessage,
  wholeMultimodal,
  wholeText,
} from "./fixtures.ts";
import { dashscope } from "./index.ts";

const asked: AnswerKind = { operation: "chat", stream: true, choiceCount: 1, isRaw: false, model: "qwen-x" };

function readAll(
  pieces: readonly Uint8Array[],
  kind: Partial<AnswerKind> = {},
): { events: AnswerEvent[]; isWhole: boolean } {
  const reader = dashscope.reader({ ...asked, ...kind });
  const batches: Batch[] = pieces.flatMap((piece) => {
    const read = reader.push(piece);
    for (let rest = reader.rest; rest; rest = reader.rest) read.push(...reader.push(rest));
    return read;
  });
  if (!batches.some(({ facts }) => facts.isEnd || facts.failure)) batches.push(reader.end());
  // This vendor dates nothing, so that an answer bears the second in which it was read.
  const events = batches
    .flatMap((batch) => batch.events())
    .map((event) => (event.type === "start" ? { ...event, createdS: 0 } : event));
  return { events, isWhole: batches.some(({ facts }) => facts.isEnd) };
}

const read = (bytes: Uint8Array | string, kind: Partial<AnswerKind> = {}) => readAll([Buffer.from(bytes)], kind);

/** What an answer says, however it was cut. */
function meaning(events: readonly AnswerEvent[]) {
  const { start, choices, usage } = foldAnswer(events);
  return {
    id: start.id,
    model: start.model,
    choices: choices.map((choice) => ({
      text: textOf(choice, "text"),
      reasoning: textOf(choice, "reasoning"),
      calls: toolCallsOf(choice).map(({ id, name, arguments: json }) => [id, name, json]),
      finish: choice.finish,
    })),
    usage,
  };
}

const counts = (input: number, cached: number, output: number, thought: number) => ({
  inputTokens: input,
  cachedInputTokens: cached,
  cacheWriteTokens: 0,
  outputTokens: output,
  reasoningTokens: thought,
});

describe("streams", () => {
  test("thoughts, then a text", () => {
    const { events, isWhole } = read(framed(thinkingStream));
    expect(isWhole).toBe(true);
    expect(meaning(events)).toEqual({
      id: "a1959ad1-2637-4672-a21f-4d351371d254",
      model: "qwen-x",
      choices: [{ text: '我是通义 "千"', reasoning: "The user is asking", calls: [], finish: "stop" }],
      usage: counts(287, 256, 11, 4),
    });
    expect(events.filter(({ type }) => type === "text-delta")).toHaveLength(2);
  });

  test("parallel calls, whose numbers keep their digits", () => {
    expect(meaning(read(framed(toolStream)).events).choices).toEqual([
      {
        text: undefined,
        reasoning: undefined,
        calls: [
          ["call_75", "get_weather", '{"id": 1234567890123456789, "city": "杭州"}'],
          ["call_76", "now", "{}"],
        ],
        finish: "tool-calls",
      },
    ]);
  });

  test("a vendor that repeats all of its text is recognised", () => {
    const { events, isWhole } = read(framed(cumulativeStream));
    expect(isWhole).toBe(true);
    expect(meaning(events).choices[0]?.text).toBe("Hello! How can I help?");
  });

  test("the older form, with the text beside the choices' place", () => {
    const chunk = (text: string, finish: string) =>
      JSON.stringify({ output: { text, finish_reason: finish }, usage: { input_tokens: 1, output_tokens: 2 } });
    const stream = framed([chunk("Hi", "null"), chunk(" you", "null"), chunk("", "stop")].join("\n"));
    expect(meaning(read(stream).events).choices[0]).toMatchObject({ text: "Hi you", finish: "stop" });
  });

  test("several choices are counted together, as their chunks count one each", () => {
    const chunk = (index: number, content: string, finish: string, output: number) =>
      JSON.stringify({
        output: { choices: [{ index, message: { role: "assistant", content }, finish_reason: finish }] },
        usage: { input_tokens: 7, output_tokens: output, total_tokens: 7 + output },
        request_id: "n2",
      });
    const stream = framed(
      [chunk(0, "a", "null", 1), chunk(1, "x", "null", 1), chunk(0, "b", "stop", 2), chunk(1, "y", "length", 5)].join(
        "\n",
      ),
    );
    const { events } = read(stream, { choiceCount: 2 });
    expect(meaning(events)).toMatchObject({
      choices: [
        { text: "ab", finish: "stop" },
        { text: "xy", finish: "length" },
      ],
      usage: { inputTokens: 7, outputTokens: 7 },
    });
  });

  test("a stream that is cut off anywhere is not whole", () => {
    for (const stream of [thinkingStream, toolStream, cumulativeStream]) {
      const bytes = framed(stream);
      const last = bytes.lastIndexOf("id:");
      for (let cut = 1; cut < last; cut += 7) {
        const { events, isWhole } = read(bytes.subarray(0, cut));
        expect([isWhole, events.at(-1)?.type]).toEqual([false, "error"]);
      }
    }
  });

  test("an error in a stream", () => {
    const error = (code: string) =>
      `id:1\nevent:error\n:HTTP_STATUS/400\ndata:${JSON.stringify({ code, message: "no", request_id: "r" })}\n\n`;
    const codeOf = (bytes: string) => {
      const last = read(bytes).events.at(-1);
      return last?.type === "error" ? last.error.code : last?.type;
    };
    expect(codeOf(error("InvalidParameter"))).toBe("upstream_rejected");
    expect(codeOf(error("Throttling.RateQuota"))).toBe("upstream_rate_limited");
    expect(codeOf(error("Arrearage"))).toBe("upstream_authentication");
    expect(codeOf(error("InternalError"))).toBe("upstream_error");
    expect(codeOf(error("DataInspectionFailed"))).toBe("content_filter");
    expect(
      codeOf(
        framed(thinkingStream)
          .toString()
          .replace(/id:5[^]*/, error("InternalError")),
      ),
    ).toBe("upstream_error");
    // Some proxies change the name of the event.
    expect(codeOf('data:{"code":"Throttling","message":"slow down","request_id":"r"}\n\n')).toBe(
      "upstream_rate_limited",
    );
    expect(codeOf("data:{\n\n")).toBe("upstream_invalid_response");
    expect(codeOf("event:error\ndata:oops\n\n")).toBe("upstream_error");
  });

  test("a vendor that changes what it had sent", () => {
    const chunk = (content: string) =>
      JSON.stringify({ output: { choices: [{ message: { content }, finish_reason: "null" }] } });
    const said = ["It is", "It is hot in", "It is hot in Riyadh", "It is hot in Riyadh today", "It was hot today"];
    const last = read(framed(said.map(chunk).join("\n"))).events.at(-1);
    expect(last?.type === "error" && last.error.message).toBe("The vendor's stream changes what it had sent");
  });
});

describe("whole answers", () => {
  test("a message, a text, and a list of parts", () => {
    expect(meaning(read(wholeMessage, { stream: false }).events)).toEqual({
      id: "902fee3b-f7f0-9a8c-96a1-6b4ea25af114",
      model: "qwen-x",
      choices: [
        { text: "Let me look", reasoning: "hm", calls: [["call_1", "look", '{"at": 1}']], finish: "tool-calls" },
      ],
      usage: counts(22, 4, 17, 0),
    });
    expect(meaning(read(wholeText, { stream: false }).events).choices[0]).toMatchObject({ text: "我是阿里云" });
    expect(meaning(read(wholeMultimodal, { stream: false }).events)).toMatchObject({
      choices: [{ text: "A cat" }],
      usage: { inputTokens: 1271, outputTokens: 2 },
    });
  });

  test.each([
    ['{"code":"InvalidParameter","message":"no","request_id":"r"}', "upstream_rejected"],
    ['{"code":"InvalidApiKey","message":"no","request_id":"r"}', "upstream_authentication"],
    ['{"output":{},"request_id":"r"}', "upstream_invalid_response"],
    ['{"output":{"choices":[]},"request_id":"r"}', "upstream_invalid_response"],
    ['{"output":null}', "upstream_invalid_response"],
    ["[]", "upstream_invalid_response"],
    ["nothing", "upstream_invalid_response"],
  ])("%s is no answer", (body, code) => {
    const last = read(body, { stream: false }).events.at(-1);
    expect(last?.type === "error" && last.error.code).toBe(code as never);
  });
});

describe("embeddings", () => {
  const kind = { operation: "embedding", stream: false, choiceCount: 2 } as const;
  const body = (embeddings: unknown) =>
    JSON.stringify({ output: { embeddings }, usage: { total_tokens: 9 }, request_id: "e" });

  test("vectors stand at the places of their texts", () => {
    const list = [
      { text_index: 1, embedding: [3, 4] },
      { text_index: 0, embedding: [1, 2] },
    ];
    expect(read(body(list), kind).events).toEqual([
      { type: "vectors", model: "qwen-x", vectors: [Float32Array.of(1, 2), Float32Array.of(3, 4)] },
      { type: "usage", usage: counts(9, 0, 0, 0) },
    ]);
  });

  test("too few are an error, sparse ones pass where nobody has to understand them", () => {
    expect(read(body([{ text_index: 0, embedding: [1] }]), kind).events.at(-1)?.type).toBe("error");
    const sparse = [{ text_index: 0, sparse_embedding: [{ index: 3, value: 0.5 }] }];
    expect(read(body(sparse), { ...kind, isRaw: true }).isWhole).toBe(true);
    expect(read(body(sparse), kind).isWhole).toBe(false);
  });
});

describe("whatever a vendor sends", () => {
  const texts = fc.array(fc.stringMatching(/^[a-c" 云\n]{0,6}$/), { minLength: 1, maxLength: 8 });
  const chunkOf = (fields: object, finish = "null") =>
    JSON.stringify({ output: { choices: [{ message: fields, finish_reason: finish }] }, request_id: "p" });

  test("increments and totals say the same", () => {
    fc.assert(
      fc.property(texts, texts, (thoughts, said) => {
        // A chunk of totals adds something.
        const steps = [
          ...thoughts.map((text) => ["reasoning_content", text]),
          ...said.map((text) => ["content", text]),
        ];
        const grown = steps.filter(([, text]) => text !== "") as ["content" | "reasoning_content", string][];
        const all = { content: "", reasoning_content: "" };
        const totals = grown.map(([field, text]) => {
          all[field] += text;
          return chunkOf({ ...all });
        });
        const wanted = { text: all.content || undefined, reasoning: all.reasoning_content || undefined };
        const found = meaning(read(framed([...totals, chunkOf({ ...all }, "stop")].join("\n"))).events).choices[0];
        expect(found).toMatchObject(wanted);
      }),
    );
  });

  test("increments lose nothing, however much they repeat themselves", () => {
    const repeating = fc.array(fc.constantFrom("a", "aa", "aaa", "b", "ab", "=", "=="), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(repeating, (said) => {
        const chunks = [...said.map((content) => chunkOf({ content })), chunkOf({ content: "" }, "stop")];
        expect(meaning(read(framed(chunks.join("\n"))).events).choices[0]?.text).toBe(said.join(""));
      }),
    );
  });

  test("it is read the same wherever it is cut", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.constantFrom(thinkingStream, toolStream, cumulativeStream), cuts, (stream, sizes) => {
        const bytes = framed(stream);
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (let turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(readAll(pieces)).toEqual(read(bytes));
      }),
    );
  });

  test("no bytes and no JSON make a reader throw", () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ output: fc.jsonValue(), usage: fc.jsonValue(), code: fc.jsonValue() })
        .map((value) => JSON.stringify(value)),
      fc.jsonValue().map((choice) => JSON.stringify({ output: { choices: [choice] } })),
      fc.jsonValue().map((message) => JSON.stringify({ output: { choices: [{ message, finish_reason: "null" }] } })),
    );
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, stream) => {
        const bytes = stream ? framed(lines.join("\n")) : Buffer.from(lines.join(""));
        const { events, isWhole } = read(bytes, { stream });
        expect(isWhole || events.at(-1)?.type === "error").toBe(true);
        const error = dashscope.decodeError({ status: 400, body: lines.join("\n") });
        expect(toSahabError(error)).toBe(error);
      }),
    );
  });
});

test("the error of a refused stream may be an event, and an answer's own events are chat events", () => {
  const body = `id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter","message":"Range of max_tokens should be [1, 32768]","request_id":"f"}\n`;
  expect(dashscope.decodeError({ status: 400, body, contentType: "application/json" })).toMatchObject({
    code: "upstream_rejected",
    vendorCode: "InvalidParameter",
    message: "Range of max_tokens should be [1, 32768]",
  });
  const events = read(framed(thinkingStream)).events as ChatEvent[];
  expect(events[0]?.type).toBe("start");
});
