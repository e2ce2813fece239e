import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import type { Batch } from "../../call/index.ts";
import { recordingsOf } from "../../testing/recordings.ts";
import { foldAnswer } from "../fold-answer.ts";
import * as fixtures from "./fixtures.ts";
import { openaiChat } from "./index.ts";

// From a vendor's bytes to the client's, both of this dialect.

const done = "data: [DONE]\n\n";
const cost = '"cost":"0.000012","cost_currency":"USD"';
const usageExtra = () => ({ cost: "0.000012", cost_currency: "USD" });

function open(fields: object) {
  const body = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }], ...fields }));
  return openaiChat.open({ operation: "chat", path: "/v1/chat/completions", headers: new Headers(), body });
}

/** What a client gets of a vendor's answer. */
function relay(bytes: Uint8Array, fields: object, pieceBytes = bytes.length): string {
  const opened = open(fields);
  const writer = opened.writer({ requestId: "req_1", isRaw: true, usageExtra });
  const { stream, choiceCount } = opened;
  const reader = openaiChat.reader({ operation: "chat", stream, choiceCount, isRaw: true });
  let sent = "";
  const write = (batch: Batch) => {
    if (batch.facts.failure) throw batch.facts.failure;
    sent += Buffer.from(writer.write(batch) ?? "").toString("latin1");
    return batch.facts.isEnd;
  };
  let isOver = false;
  for (let at = 0; at < bytes.length && !isOver; at += pieceBytes)
    isOver = reader
      .push(bytes.subarray(at, at + pieceBytes))
      .map(write)
      .includes(true);
  if (!isOver) write(reader.end());
  return Buffer.from(sent + Buffer.from(writer.end()).toString("latin1"), "latin1").toString("utf8");
}

const asked = { stream: true, stream_options: { include_usage: true } };
const notAsked = { stream: true };
const { openaiText, openaiTools, deepseek, dashscope, ark, mistral, moonshot } = fixtures;

describe("a stream of the same dialect", () => {
  test("where the client asked for usage, it gains the cost and nothing else changes", () => {
    for (const [wire, end] of [
      [openaiText, '"total_tokens":29'],
      [openaiTools, '"accepted_prediction_tokens":0}'],
      [deepseek, '"prompt_cache_miss_tokens":36'],
      [moonshot, '"reasoning_tokens":7}'],
    ] as const) {
      for (const pieceBytes of [wire.length, 11])
        expect(relay(Buffer.from(wire), asked, pieceBytes)).toBe(wire.replace(end, `${end},${cost}`));
    }
  });

  test("where the client did not ask, an event with nothing but usage stays here", () => {
    const events = openaiText.split("\n\n");
    expect(relay(Buffer.from(openaiText), notAsked)).toBe([...events.slice(0, -3), "data: [DONE]", ""].join("\n\n"));
    // Usage in an event that says more cannot stay.
    expect(relay(Buffer.from(deepseek), notAsked)).toContain(`"prompt_cache_miss_tokens":36,${cost}}`);
  });

  test("of counts in every chunk only the one of the end has a cost", () => {
    const sent = relay(Buffer.from(ark), asked);
    expect(sent.split(cost)).toHaveLength(2);
    expect(sent.replace(`,${cost}`, "")).toBe(ark);
  });

  test("[DONE] is added where the vendor leaves it out, and the last event may lack its blank line", () => {
    const total = '"completion_tokens":46';
    expect(relay(Buffer.from(mistral), asked)).toBe(mistral.replace(total, `${total},${cost}`) + done);
    const said = 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}';
    expect(relay(Buffer.from(said), asked)).toBe(`${said}\n\n${done}`);
  });

  test("line ends of the vendor's own", () => {
    const sent = relay(Buffer.from(dashscope), asked);
    expect(sent).toContain(cost);
    expect(sent).toStartWith(dashscope.slice(0, dashscope.indexOf('"choices":[],')));
  });

  test("a failure ends it with an error event", () => {
    const writer = open(asked).writer({ requestId: "req_1", isRaw: true, usageExtra });
    const text = writer.fail(new SahabError("stream_interrupted", "cut"));
    expect(JSON.parse(text.replace("data: ", ""))).toMatchObject({ error: { message: "cut", request_id: "req_1" } });
  });
});

test("a whole answer of the same dialect keeps its bytes, but for the cost", () => {
  const head = '{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"x":12345678901234567890, "usage":';
  const body = `${head}{"prompt_tokens":1,"completion_tokens":2,"cost_in_usd_ticks":1234567890123456789}}`;
  expect(relay(Buffer.from(body), {})).toBe(`${body.slice(0, -2)},${cost}}}`);
  const uncounted = `${head}null}`;
  expect(relay(Buffer.from(uncounted), {})).toBe(uncounted);
});

test.each(recordingsOf("chat").map((recording) => [recording.name, recording] as const))(
  "recorded: %s says the same to the client, and is encoded anew to the same",
  (_name, { stream, bytes }) => {
    const kind = { operation: "chat", stream, choiceCount: 1, isRaw: true } as const;
    const read = (wire: Uint8Array) => {
      const reader = openaiChat.reader(kind);
      const batches = reader.push(wire);
      if (!batches.at(-1)?.facts.isEnd) batches.push(reader.end());
      return batches;
    };
    const fold = (batches: readonly Batch[]) => foldAnswer(batches.flatMap((batch) => [...batch.events()]));
    const came = read(bytes);
    const { start, choices, usage } = fold(came);
    const expected = {
      start: { id: start.id, model: start.model },
      choices,
      usage: usage && { outputTokens: usage.outputTokens },
    };
    expect(fold(read(Buffer.from(relay(bytes, stream ? asked : {}))))).toMatchObject(expected);

    const writer = open(stream ? asked : {}).writer({ requestId: "req_1", isRaw: false, usageExtra });
    const encoded = [...came.map((batch) => writer.write(batch) ?? ""), writer.end()].map(String).join("");
    expect(encoded.includes(cost)).toBe(usage !== undefined);
    expect(fold(read(Buffer.from(encoded)))).toMatchObject(expected);
  },
);

describe("the client's own bytes for the vendor", () => {
  const rewrite = (text: string) => {
    const body = Buffer.from(text);
    const opened = openaiChat.open({ operation: "chat", path: "/", headers: new Headers(), body });
    return Buffer.concat(opened.rewrite("vendor-model").pieces).toString("utf8");
  };
  const messages = '"messages":[{"role":"user","content":"云"}]';

  test("the model is renamed; numbers keep their digits", () => {
    expect(rewrite(`{"m\\u006fdel":"m", ${messages},"seed":12345678901234567890}`)).toBe(
      `{"m\\u006fdel":"vendor-model", ${messages},"seed":12345678901234567890}`,
    );
  });

  test.each([
    ["", '"stream_options":{"include_usage":true},'],
    [',"stream_options":null', ',"stream_options":{"include_usage":true}'],
    [',"stream_options": {}', ',"stream_options": {"include_usage":true}'],
    [
      ',"stream_options":{ "x":9007199254740993,\n"y" : 1.0 }',
      ',"stream_options":{"include_usage":true, "x":9007199254740993,\n"y" : 1.0 }',
    ],
    [
      ',"stream_options":{"x":1e400,"include_us\\u0061ge": false ,"y":[1.10]}',
      ',"stream_options":{"x":1e400,"include_us\\u0061ge": true ,"y":[1.10]}',
    ],
    [',"stream_options":{"include_usage":true,"x":1.0}', ',"stream_options":{"include_usage":true,"x":1.0}'],
  ])("a stream asks for usage, and its other options stay as they were written: %s", (given, expected) => {
    const first = given === "" ? expected : "";
    expect(rewrite(`{"model":"vendor-model",${messages},"stream":true${given}}`)).toBe(
      `{${first}"model":"vendor-model",${messages},"stream":true${given === "" ? "" : expected}}`,
    );
  });

  test.each([
    ['"stream":false,"stream_options":{"include_usage": true}'],
    ['"tools":[],"tool_choice":"required","functions":[{"name":"f"}]'],
    ['"tools":{},"max_tokens":-2,"x_unknown":null,"user":null'],
    ['"stream_options":"of no stream"'],
  ])("what is not read stays: %s", (fields) => {
    const text = `{"model":"vendor-model",${messages},${fields}}`;
    expect(rewrite(text)).toBe(text);
  });

  test.each([
    ['"tools":[],"tool_choice":"auto","parallel_tool_calls":true'],
    ['"tools": [ ],"tool_choice":null'],
    ['"max_tokens":-1'],
    ['"max_completion_tokens" : -1 ,"tools":[]'],
    ['"max_tokens":null,"stop" : null , "tools":null,"tool_choice":"none","temperature":null'],
  ])("fields that say nothing, and that vendors refuse, go: %s", (fields) => {
    expect(rewrite(`{"model":"vendor-model",${messages},"top_p":1.0,${fields}}`)).toBe(
      `{"model":"vendor-model",${messages},"top_p":1.0}`,
    );
    expect(rewrite(`{${fields},"store":true,"model":"m",${messages}}`)).toBe(`{"model":"vendor-model",${messages}}`);
  });

  test.each([
    '"tools":[],"tool_choice":"required"',
    '"tools":null,"tool_choice":{"type":"function","function":{"name":"f"}}',
  ])("one of no tools that must be called is refused: %s", (fields) => {
    const text = `{"model":"vendor-model",${messages},${fields}}`;
    expect(() => rewrite(text)).toThrow("tool_choice: allowed only with tools");
  });
});
