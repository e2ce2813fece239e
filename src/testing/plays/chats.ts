import { expect } from "bun:test";
import { countChoices, isWhole, meaningOf, type Meaning } from "../meaning.ts";
import { readRecording, recordingKinds, saysErrorIn200, type RecordedFile, type RecordingKind } from "../recordings.ts";
import { readAnswer, send } from "../wire/ask.ts";
import { object, type Json } from "../wire/json.ts";
import type { Kit } from "../wire/kit.ts";
import type { Said } from "../wire/said.ts";
import { answerOf, askFor, forms, kitOf, modelOf, price, withoutCost, type Play, type Stage } from "./play.ts";

// An answer to a chat: byte for byte for clients of its own dialect, and by what it says for those of every other one, whole and
// streamed.

interface Chat {
  kind: RecordingKind;
  model: string;
  stream: boolean;
  /** As it was on the wire. */
  text: string;
}

export function playChat(file: RecordedFile): Play | undefined {
  const kind = recordingKinds.find((one) => one === file.kind);
  if (kind === undefined || (file.isError && !saysErrorIn200(file))) return undefined;
  const { stream, bytes } = readRecording(file);
  const text = Buffer.from(bytes).toString("utf8");
  const chat: Chat = { kind, model: modelOf(file), stream, text };
  return {
    file,
    api: kitOf(kind).api,
    model: chat.model,
    answer: answerOf(file),
    async check(stage) {
      const expected = isWhole(kind, stream, chat.text) ? meaningOf(kind, stream, chat.text) : undefined;
      if (expected) await checkBytes(chat, stage);
      for (const form of forms)
        if (expected) await checkMeaning(chat, expected, form, stage);
        else await checkBroken(chat.model, form, stage);
    },
  };
}

/** The client's own dialect, in the form that the vendor answers in: the vendor's bytes, apart from what is documented. */
async function checkBytes({ kind, model, stream, text }: Chat, stage: Stage): Promise<void> {
  const sent = firstAnswer(kind, stream, text);
  const got = await send(kitOf(kind), askFor(model, stream), stage);
  expect(withoutCost(got.text)).toBe(sent);
  if (kind !== "chat" || !stream) return;
  // A client that did not ask for usage does not get the event that only Sahab asked for.
  const body = { model, stream: true, messages: [{ role: "user", content: "Hello" }] };
  const plain = await (await stage.sahab.call("/v1/chat/completions", body, { key: stage.key })).text();
  const kept = sent
    .split(/(?<=\n\r?\n)/)
    .filter((event) => !/"choices": ?\[\]/.test(event) || !/"usage": ?\{/.test(event));
  expect(withoutCost(plain)).toBe(kept.join(""));
}

/** How a client asks for several answers at once, and the plain reader of what it then gets. */
const askingSeveral: Record<string, { kind: RecordingKind; change(body: Json, count: number): Json }> = {
  "openai-chat": { kind: "chat", change: (body, n) => ({ ...body, n }) },
  gemini: {
    kind: "google",
    change: (body, candidateCount) => ({
      ...body,
      generationConfig: { ...object(body["generationConfig"]), candidateCount },
    }),
  },
  dashscope: {
    kind: "dashscope",
    change: (body, n) => ({ ...body, parameters: { ...object(body["parameters"]), n } }),
  },
};

async function checkMeaning(
  { kind, model, stream: isStream, text }: Chat,
  expected: Meaning,
  { client, stream }: { client: Kit; stream: boolean },
  stage: Stage,
): Promise<void> {
  const asked = askFor(model, stream);
  // Of several, the first is compared; clients that can ask for so many do.
  const choiceCount = countChoices(text, isStream);
  const several = choiceCount > 1 ? askingSeveral[client.name] : undefined;
  const answer = await send(client, asked, stage, several && ((body) => several.change(body, choiceCount)));
  expect({ client: client.api, stream, status: answer.status, text: answer.status === 200 ? "" : answer.text }).toEqual(
    {
      client: client.api,
      stream,
      status: 200,
      text: "",
    },
  );
  const said = saidOf(expected);
  // Vendors' own bytes may have what no SDK minds and no document has.
  const isRaw = client === kitOf(kind) && stream === isStream;
  const read = isRaw ? kind : several?.kind;
  const raw = read && meaningOf(read, stream, answer.text);
  if (isRaw && raw) expect(raw.signatures).toEqual(expected.signatures);
  const got = raw ? { said: saidOf(raw), cost: raw.cost } : readAnswer(client, asked, answer);
  // Gemini's calls have no ids: Sahab makes some.
  const calls = said.calls.map((call) => ({ ...call, id: call.id === "" ? (expect.any(String) as string) : call.id }));
  expect({ client: client.api, stream, ...got.said }).toEqual({ client: client.api, stream, ...said, calls });
  if (!raw && client.name !== "gemini") {
    const ids = got.said.calls.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
  const isCounted = said.usage.input + said.usage.output > 0;
  // A response always has counts: those of 0 are not believed where there is an answer.
  if (!isCounted && kind !== "responses") expect(got.cost).toBeUndefined();
  if (isCounted) expect(Number(got.cost)).toBeCloseTo(costOf(expected), 12);
  stage.records.push({
    model,
    id: answer.headers.get("x-request-id"),
    check(record) {
      expect(record).toMatchObject({ outcome: "ok", status: 200, estimated: !isCounted, stream });
      if (!isCounted) return;
      const { input, cached, written, output, reasoning } = expected.usage;
      expect(record.tokens).toEqual({ input, cached_input: cached, cache_write: written, output, reasoning });
      expect(Number(record.cost)).toBeCloseTo(costOf(expected), 12);
    },
  });
}

/** What no client can read, or is an error or not all, never passes for a whole answer. */
export async function checkBroken(
  model: string,
  { client, stream }: { client: Kit; stream: boolean },
  stage: Stage,
): Promise<void> {
  const asked = askFor(model, stream);
  const got = readAnswer(client, asked, await send(client, asked, stage));
  expect({ client: client.api, stream, isWhole: got.isWhole, hasError: got.error !== undefined }).toEqual({
    client: client.api,
    stream,
    isWhole: false,
    hasError: true,
  });
}

function saidOf({ text, reasoning, calls, stop, usage }: Meaning): Said {
  const { written: _, ...counts } = usage;
  return { text, reasoning, calls, stop, usage: counts };
}

function costOf({ usage: { input, cached, written, output } }: Meaning): number {
  const fresh = input - cached - written;
  return (
    (fresh * price.input + cached * price.cached_input + written * price.cache_write + output * price.output) / 1e6
  );
}

/**
 * Some recordings hold several messages, one behind the other: an answer ends with its first `message_stop`. Others lack the
 * blank line after the last event.
 */
function firstAnswer(kind: RecordingKind, stream: boolean, text: string): string {
  if (!stream || kind === "responses" || kind === "google" || kind === "dashscope") return text;
  if (kind === "chat") return text.endsWith("\n\r\n") ? text : `${text.trimEnd()}\n\n`;
  const end = /"type":"message_stop".*?\n\r?\n/s.exec(text);
  return end ? text.slice(0, end.index + end[0].length) : text;
}
