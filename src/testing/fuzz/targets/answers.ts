import { SahabError } from "../../../base/errors.ts";
import { limits } from "../../../base/limits.ts";
import { allPassedOperations, type AnswerEvent, type Batch, type Operation } from "../../../call/index.ts";
import type { AnswerKind, Dialect } from "../../../dialect/dialect.ts";
import { anthropicMessages } from "../../../dialect/anthropic-messages/index.ts";
import { dashscope } from "../../../dialect/dashscope/index.ts";
import { callStream, framed, piecesStream, textStream, wholeAnswer } from "../../../dialect/gemini/fixtures.ts";
import { gemini } from "../../../dialect/gemini/index.ts";
import { openaiChat } from "../../../dialect/openai-chat/index.ts";
import { openaiResponses } from "../../../dialect/openai-responses/index.ts";
import { keysOf, makeJsonObject, wordsOf } from "../json-text.ts";
import { pick } from "../make-input.ts";
import { cut, same, type Target } from "../target.ts";
import {
  chatAnswers,
  chatStreams,
  generationAnswers,
  generationStreams,
  messagesAnswers,
  messagesStreams,
  passedAnswers,
  passedStreams,
  responsesAnswers,
  responsesStreams,
} from "./samples.ts";

const geminiStreams = [textStream, callStream, piecesStream].map((stream) => framed(stream).toString());

/** Readers of vendors' answers never throw, and read the same wherever the network cuts. */
export const answers: readonly Target[] = [
  makeTarget("chat-answers", openaiChat, ["chat", "completion", "embedding", "rerank"], chatAnswers, false),
  makeTarget("chat-streams", openaiChat, ["chat", "completion"], chatStreams, true),
  makeTarget("passed-answers", openaiChat, allPassedOperations, passedAnswers, false),
  makeTarget("passed-streams", openaiChat, allPassedOperations, passedStreams, true),
  makeTarget("messages-answers", anthropicMessages, ["chat"], messagesAnswers, false),
  makeTarget("messages-streams", anthropicMessages, ["chat"], messagesStreams, true),
  makeTarget("gemini-answers", gemini, ["chat", "token-count", "embedding"], [wholeAnswer], false),
  makeTarget("gemini-streams", gemini, ["chat"], geminiStreams, true),
  makeTarget("generation-answers", dashscope, ["chat", "embedding", "rerank"], generationAnswers, false),
  makeTarget("generation-streams", dashscope, ["chat"], generationStreams, true),
  makeTarget("responses-answers", openaiResponses, ["chat"], responsesAnswers, false),
  makeTarget("responses-streams", openaiResponses, ["chat"], responsesStreams, true),
];

function makeTarget(
  name: string,
  dialect: Dialect,
  operations: readonly Operation[],
  seeds: readonly string[],
  stream: boolean,
): Target {
  const words = [...wordsOf(seeds), ...(stream ? ["data: ", "\n\n", "\n", "data: [DONE]\n\n", "event: "] : [])];
  const keys = keysOf(words);
  return {
    name,
    seeds,
    words,
    generate: (random) => {
      const count = stream ? 1 + Math.floor(random() * 4) : 1;
      const objects = Array.from({ length: count }, () => makeJsonObject(random, keys));
      return stream ? objects.map((text) => `data: ${text}\n\n`).join("") : (objects[0] ?? "");
    },
    run(input, random) {
      const kind: AnswerKind = {
        operation: pick(operations, random),
        stream,
        choiceCount: Math.floor(random() * 3),
        vectorEncoding: pick([undefined, "float", "base64"], random),
        isRaw: random() < 0.5,
      };
      const whole = read(dialect, kind, [Buffer.from(input)]);
      same("the events", read(dialect, kind, cut(input, random)), whole);
      const text = input.toString("utf8");
      const error = dialect.decodeError({ status: 400 + Math.floor(random() * 150), body: text, contentType: null });
      if (!(error instanceof SahabError)) throw new Error("an error of a vendor is none of ours");
      if (error.message.length > limits.errorBodyBytesMax) throw new Error("an error of a vendor is endless");
    },
  };
}

/** All that an answer says, in a form that does not depend on how it came. */
function read(dialect: Dialect, kind: AnswerKind, pieces: readonly Buffer[]): object {
  const reader = dialect.reader(kind);
  const batches: Batch[] = [];
  const isOver = () => batches.some(({ facts }) => facts.isEnd || facts.failure !== undefined);
  for (const piece of pieces) if (!isOver()) batches.push(...reader.push(piece));
  if (!isOver()) batches.push(reader.end());
  const events = batches.flatMap((batch) => batch.events().map(tell));
  if (events.some(({ type }) => type === "error") && !batches.some(({ facts }) => facts.failure))
    throw new Error("an answer that passes is an error to whoever decodes it");
  return {
    events: joinTexts(events),
    textBytes: batches.reduce((sum, { facts }) => sum + facts.textBytes, 0),
    isEnd: batches.some(({ facts }) => facts.isEnd),
    failure: batches.find(({ facts }) => facts.failure)?.facts.failure?.message,
    usage: batches.findLast(({ facts }) => facts.usage)?.facts.usage,
  };
}

type Told = Record<string, unknown>;
/** Ids that an answer lacks are made up, and so is its time. */
function asGiven(key: string, value: unknown): unknown {
  if (key === "createdS") return undefined;
  if (typeof value === "string") return value.replaceAll(/\b[a-z]+_[0-9a-z]{26}\b/g, "made up");
  return typeof value === "bigint" ? `${value}n` : value;
}

function tell(event: AnswerEvent): Told {
  if (event.type !== "error") return JSON.parse(JSON.stringify(event, asGiven)) as Told;
  if (!(event.error instanceof SahabError)) throw new Error("a failure is none of ours");
  return { type: "error", code: event.error.code, message: event.error.message };
}

/** Texts that follow each other are one text. */
function joinTexts(events: readonly Told[]): Told[] {
  const joined: Told[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (last && event["type"] === "text-delta" && last["type"] === "text-delta" && last["choice"] === event["choice"])
      last["text"] = String(last["text"]) + String(event["text"]);
    else joined.push({ ...event });
  }
  return joined;
}
