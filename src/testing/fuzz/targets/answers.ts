import { SahabError } from "../../../base/errors.ts";
import { limits } from "../../../base/limits.ts";
import { allPassedOperations, type Operation } from "../../../call/index.ts";
import type { AnswerKind, Dialect } from "../../../dialect/dialect.ts";
import { anthropicMessages } from "../../../dialect/anthropic-messages/index.ts";
import { dashscope } from "../../../dialect/dashscope/index.ts";
import { callStream, framed, piecesStream, textStream, wholeAnswer } from "../../../dialect/gemini/fixtures.ts";
import { gemini } from "../../../dialect/gemini/index.ts";
import { openaiChat } from "../../../dialect/openai-chat/index.ts";
import { openaiResponses } from "../../../dialect/openai-responses/index.ts";
import { readEvents } from "../../read-events.ts";
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
      const whole = readEvents(dialect, kind, [Buffer.from(input)]);
      same("the events", readEvents(dialect, kind, cut(input, random)), whole);
      const text = input.toString("utf8");
      const error = dialect.decodeError({ status: 400 + Math.floor(random() * 150), body: text, contentType: null });
      if (!(error instanceof SahabError)) throw new Error("an error of a vendor is none of ours");
      if (error.message.length > limits.errorBodyBytesMax) throw new Error("an error of a vendor is endless");
    },
  };
}
