import { expect } from "bun:test";
import { readRecording, type RecordedFile } from "../recordings.ts";
import { eventsOf, list, number, object, string, type Json } from "../wire/json.ts";
import { answerOf, modelOf, price, withoutCost, type Play } from "./play.ts";

interface Completion {
  texts: string[];
  finishes: string[];
  input: number;
  output: number;
}

/** The end of a prompt, for clients of every path that has such, in the form that the vendor answers in and in the other one. */
export function playCompletion(file: RecordedFile): Play | undefined {
  if (file.kind !== "completion") return undefined;
  const model = modelOf(file);
  const { stream: isStream, bytes } = readRecording(file);
  const text = Buffer.from(bytes).toString("utf8");
  const expected = read(text, isStream);
  return {
    file,
    api: "chat",
    model,
    answer: answerOf(file),
    async check({ address, key }) {
      for (const path of paths)
        for (const stream of [false, true]) {
          const asked = { model, prompt: "Once", stream, ...(stream && { stream_options: { include_usage: true } }) };
          const response = await fetch(address + path, {
            method: "POST",
            headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
            body: JSON.stringify({ ...asked, n: expected.texts.length }),
          });
          const got = await response.text();
          expect([path, stream, response.status, response.status === 200 ? "" : got]).toEqual([path, stream, 200, ""]);
          expect([path, stream, read(got, stream)]).toEqual([path, stream, expected]);
          const { input, output } = expected;
          if (input + output > 0)
            expect(Number(/"cost":"([0-9.]+)"/.exec(got)?.[1])).toBeCloseTo(
              (input * price.input + output * price.output) / 1e6,
              12,
            );
          if (stream === isStream) expect(withoutCost(got)).toBe(text);
        }
    },
  };
}

const paths = ["/v1/completions", "/completions", "/beta/completions", "/compatible-mode/v1/completions"];

function read(text: string, stream: boolean): Completion {
  const all = { texts: [], finishes: [], input: 0, output: 0 } as Completion;
  const events = stream ? eventsOf(`${text}\n\n`).map(({ data }) => data) : [text];
  if (stream) expect(events.at(-1)).toBe("[DONE]");
  for (const data of events.filter((one) => one !== "[DONE]")) {
    const body = JSON.parse(data) as Json;
    expect(body["error"] ?? null).toBeNull();
    for (const choice of list(body["choices"])) {
      const at = number(choice["index"]);
      all.texts[at] = (all.texts[at] ?? "") + string(choice["text"]);
      if (typeof choice["finish_reason"] === "string") all.finishes[at] = choice["finish_reason"];
    }
    const usage = object(body["usage"]);
    all.input = number(usage["prompt_tokens"]) || all.input;
    all.output = number(usage["completion_tokens"]) || all.output;
  }
  return all;
}
