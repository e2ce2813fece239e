import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  createTurnMarks,
  eventBatch,
  plainChat,
  turnKey,
  type AnswerEvent,
  type ChatMessage,
  type ChatRequest,
  type KeptTurn,
  type Part,
} from "../call/index.ts";
import { anthropicMessages } from "../dialect/anthropic-messages/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { findMuteTurns, putBackReasoning, wishOf } from "../dialect/put-back-reasoning.ts";
import { TurnRecorder } from "./turn-recorder.ts";

// What is recorded of an answer is put back into what a client sends that knows nothing of it.

const wish = { signedBy: "gemini", issuer: "one", isTextDemanded: false };

/** The events of a turn, its texts in pieces. */
function eventsOf(parts: readonly Part[]): AnswerEvent[] {
  let index = -1;
  return parts.flatMap((part): AnswerEvent[] => {
    if (part.type === "text") return part.text.split("").map((text) => ({ type: "text-delta", choice: 0, text }));
    if (part.type === "reasoning") {
      const deltas = part.text.split("").map((text): AnswerEvent => ({ type: "reasoning-delta", choice: 0, text }));
      return part.signature
        ? [...deltas, { type: "reasoning-signature", choice: 0, signature: part.signature }]
        : deltas;
    }
    if (part.type !== "tool-call") return [];
    index++;
    return [
      { type: "tool-call-start", choice: 0, index, id: part.id, name: part.name },
      ...part.arguments.split("").map((text): AnswerEvent => ({
        type: "tool-call-delta",
        choice: 0,
        index,
        arguments: text,
      })),
    ];
  });
}

function record(parts: readonly Part[], recorder = new TurnRecorder(openaiChat, false)): KeptTurn[] {
  for (const event of eventsOf(parts)) recorder.note(eventBatch([event], false));
  return recorder.turns();
}

function requestOf(messages: ChatMessage[]): ChatRequest {
  return {
    dialect: "openai-chat",
    model: "m",
    messages,
    ...plainChat,
  };
}

/** What comes back of messages once their reasoning is put back. */
function roundTrip(messages: ChatMessage[], turns: KeptTurn[]): ChatMessage[] {
  const request = requestOf(messages);
  const known = new Map(turns.map((turn) => [turn.key, turn]));
  const found = findMuteTurns(request, wish).flatMap((key) => known.get(key) ?? []);
  return putBackReasoning(request, new Map(found.map((turn) => [turn.key, turn])), wish).messages;
}

const signature = { value: "c2ln", origin: "gemini" };
const signed = (text: string): Part => ({ type: "reasoning", text, signature });
const redacted = (value: string): Part => ({
  type: "reasoning",
  text: "",
  signature: { value, origin: "gemini", isRedacted: true },
});
const call = (id: string, args = "{}"): Part => ({
  type: "tool-call",
  id: `call_a1b2c3d4e5_${id}`,
  name: "f",
  arguments: args,
});
const text = (value: string): Part => ({ type: "text", text: value });
const assistant = (...content: Part[]): ChatMessage => ({ role: "assistant", content });

test("each proof comes back before its own call, the first thoughts before the text", () => {
  const turn = [signed("hm"), text("Let me see."), redacted("a"), call("1"), call("2"), redacted("b"), call("3")];
  const turns = record(turn);
  const sent = turn.filter((part) => part.type !== "reasoning");
  expect(roundTrip([assistant(...sent)], turns)).toEqual([assistant(...turn)]);
  // The calls may come back as several messages.
  const answer: ChatMessage = { role: "tool", toolCallId: "1", content: [text("1")] };
  const several = [assistant(text("Let me see."), call("1")), answer, assistant(call("2"), call("3")), answer];
  expect(roundTrip(several, turns)).toEqual([
    assistant(...turn.slice(0, 4)),
    answer,
    assistant(...turn.slice(4)),
    answer,
  ]);
});

test("what the client has itself of a turn's reasoning is replaced, what is whole stays", () => {
  const turns = record([signed("hm"), call("1")]);
  const unsigned: Part = { type: "reasoning", text: "hm" };
  expect(roundTrip([assistant(unsigned, call("1"))], turns)).toEqual([assistant(signed("hm"), call("1"))]);
  const own = assistant(signed("another"), call("1"));
  expect(roundTrip([own], turns)).toEqual([own]);
});

test("nothing is recorded of an answer without calls, without reasoning, or with too much of it", () => {
  expect(record([signed("hm"), text("Yes.")])).toEqual([]);
  expect(record([text("Yes."), call("1")])).toEqual([]);
  const recorder = new TurnRecorder(openaiChat, false);
  recorder.note(eventBatch([{ type: "reasoning-delta", choice: 0, text: "h".repeat(2 ** 20 + 1) }], false));
  expect(recorder.heldBytes).toBe(0);
  expect(record([call("1")], recorder)).toEqual([]);
});

test("a client that sends back what its own vendors signed needs nothing kept of it", () => {
  const turn = (origin: string): Part[] => [
    { type: "reasoning", text: "hm", signature: { value: "s", origin } },
    call("1"),
  ];
  const recorder = () => new TurnRecorder(anthropicMessages, false);
  expect(record(turn("anthropic-messages"), recorder())).toEqual([]);
  expect(record([{ type: "reasoning", text: "hm" }, call("1")], recorder())).toEqual([]);
  expect(record(turn("gemini"), recorder())).toHaveLength(1);
  expect(
    record([{ type: "reasoning", text: "hm" }, call("1")], new TurnRecorder(anthropicMessages, true)),
  ).toHaveLength(1);
});

test("a vendor is sent its own dialect's proof only, and text only where it demands it", () => {
  expect(wishOf(openaiChat, {}, "one")).toBeUndefined();
  const demanded = wishOf(openaiChat, { demandsReasoning: true }, "one")!;
  expect(demanded).toEqual({ signedBy: undefined, issuer: "one", isTextDemanded: true });
  expect(wishOf(anthropicMessages, {}, "one")).toEqual({
    signedBy: "anthropic-messages",
    issuer: "one",
    isTextDemanded: false,
  });
  const [turn] = record([signed("hm"), call("1")]);
  const request = requestOf([assistant(call("1"))]);
  const turns = new Map([[turn!.key, turn!]]);
  const foreign = wishOf(anthropicMessages, {}, "one")!;
  expect(putBackReasoning(request, turns, foreign).messages).toEqual(request.messages);
  expect(putBackReasoning(request, turns, demanded).messages).toEqual([assistant(signed("hm"), call("1"))]);
  const plain = record([{ type: "reasoning", text: "hm" }, call("1")]);
  expect(putBackReasoning(request, new Map(plain.map((turn) => [turn.key, turn])), demanded).messages).toEqual([
    assistant({ type: "reasoning", text: "hm" }, call("1")),
  ]);
  expect(findMuteTurns(requestOf([assistant({ type: "reasoning", text: "" }, call("1"))]), demanded)).toEqual([]);
});

test("a vendor is sent no proof of another issuer, and text whoever wrote it", () => {
  const recorder = new TurnRecorder(openaiChat, false, { issuer: "one" });
  const [turn] = record([signed("hm"), call("1")], recorder);
  const request = requestOf([assistant(call("1"))]);
  const whole = [assistant(signed("hm"), call("1"))];
  const putFor = (issuer: string, kept = turn!) =>
    putBackReasoning(request, new Map([[kept.key, kept]]), { ...wish, issuer }).messages;
  expect(putFor("one")).toEqual(whole);
  expect(putFor("two")).toEqual(request.messages);
  // As earlier versions have kept it.
  expect(putFor("two", { ...turn!, issuer: "" })).toEqual(whole);
  const demanded = wishOf(openaiChat, { demandsReasoning: true }, "two")!;
  expect(putBackReasoning(request, new Map([[turn!.key, turn!]]), demanded).messages).toEqual(whole);
});

describe("any turn", () => {
  const someText = fc.string({ minLength: 1, maxLength: 4 });
  const somePart = fc.oneof(
    someText.map(text),
    someText.map(signed),
    someText.map(redacted),
    fc.json({ maxDepth: 2 }).map((args) => call("", args)),
  );
  /** Neighbours of one kind are one part, as the events of an answer are. */
  const someTurn = fc.array(somePart, { minLength: 1, maxLength: 10 }).map((parts) => {
    const merged: Part[] = [];
    for (const [index, part] of parts.entries()) {
      const last = merged.at(-1);
      if (part.type === "text" && last?.type === "text") last.text += part.text;
      else merged.push(part.type === "tool-call" ? { ...part, id: `call_a1b2c3d4e5_${index}` } : { ...part });
    }
    return merged;
  });

  test("comes back with its reasoning in order, each before the call that it was before", () => {
    fc.assert(
      fc.property(someTurn, (turn) => {
        const turns = record(turn);
        const said = turn.filter((part) => part.type === "text");
        const calls = turn.filter((part) => part.type === "tool-call");
        const sent = assistant(...(said.length > 0 ? [text(said.map((part) => part.text).join(""))] : []), ...calls);
        const [back] = roundTrip([sent], turns);
        const withoutText = (parts: readonly Part[]) => parts.filter(({ type }) => type !== "text");
        const hasBoth = calls.length > 0 && turn.some(({ type }) => type === "reasoning");
        expect(withoutText(back!.content)).toEqual(hasBoth ? withoutText(turn) : calls);
        // What came first still does.
        if (hasBoth && turn[0]?.type === "reasoning") expect(back!.content[0]).toEqual(turn[0]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("ids that a vendor counts from 0 in each answer", () => {
  const counted: Part = { type: "tool-call", id: "functions.list_dir:0", name: "list_dir", arguments: "{}" };
  const user = (value: string): ChatMessage => ({ role: "user", content: [text(value)] });
  const result: ChatMessage = { role: "tool", toolCallId: "functions.list_dir:0", content: [text("a b")] };
  /** A turn of a conversation, as it is recorded when that has got so far. */
  const recordAfter = (messages: ChatMessage[], thought: string) =>
    record(
      [signed(thought), counted],
      new TurnRecorder(openaiChat, false, { mark: createTurnMarks(messages)(messages.length) }),
    );

  test("never give a conversation the thoughts of another one", () => {
    const first = [user("What is in the first project?")];
    const second = [user("What is in the second project?")];
    const kept = [...recordAfter(first, "one"), ...recordAfter(second, "two")];
    expect(kept).toHaveLength(2);
    for (const [messages, thought] of [
      [first, "one"],
      [second, "two"],
    ] as const) {
      const history = [...messages, assistant(counted), result, user("And now?")];
      expect(roundTrip(history, kept)[1]).toEqual(assistant(signed(thought), counted));
    }
    const third = [user("And in the third?"), assistant(counted), result];
    expect(roundTrip(third, kept)).toEqual(third);
  });

  test("nor a turn those of another one of its own conversation", () => {
    const begin = [user("Look twice.")];
    const again = [...begin, assistant(counted), result];
    const later = [...again, assistant(counted), result, assistant(text("Twice.")), user("Look twice.")];
    const kept = [...recordAfter(begin, "one"), ...recordAfter(again, "two"), ...recordAfter(later, "three")];
    const sent = [...later, assistant(counted), result];
    const thoughts = roundTrip(sent, kept).flatMap(({ content }) =>
      content.flatMap((part) => (part.type === "reasoning" ? [part.text] : [])),
    );
    expect(thoughts).toEqual(["one", "two", "three"]);
  });

  test("count with what the user said, and not with results that a client shortens or an agent's reminders to the model", () => {
    const begin: ChatMessage[] = [{ role: "system", content: [text("v1")] }, user("Look twice.")];
    const again = [...begin, assistant(counted), result];
    const kept = recordAfter(again, "two");
    const short: ChatMessage = { ...result, content: [text("[cleared]")] };
    const sent = [{ role: "system" as const, content: [text("v2")] }, user("Look twice."), assistant(counted), short];
    expect(roundTrip([...sent, assistant(counted)], kept).at(-1)).toEqual(assistant(signed("two"), counted));
  });

  test("are kept only where the conversation is known", () => {
    expect(record([signed("hm"), counted])).toEqual([]);
  });

  test.each<[string, string, boolean]>([
    ["call_00_Tc9KJDpVmDQoT0ofbBEMzAjq", "f", true],
    ["toolu_01A09q90qw90lq917835lq9", "f", true],
    ["chatcmpl-tool-0b8e1c3a5d7f4e21", "f", true],
    ["25de2f84-163c-6e9e-e42e-cd1dbd6f9ed0", "f", true],
    ["call_2866856768160095", "f", true],
    ["tk85n1k4m", "f", true],
    ["functions.list_dir:0", "list_dir", false],
    ["call_v2search3items4", "v2search3items4", false],
    ["call_1", "f", false],
    ["toolcall000000000012", "f", false],
    ["0", "f", false],
    ["", "", false],
  ])("%s of %s is known by itself: %p", (id, name, isAlone) => {
    expect(turnKey({ id, name, arguments: "{}" }) !== undefined).toBe(isAlone);
  });
});
