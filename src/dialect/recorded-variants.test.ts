import { describe, expect, test } from "bun:test";
import { readEvents } from "../testing/read-events.ts";
import {
  readRecording,
  recordedFiles,
  recordingKinds,
  variantFiles,
  type Recording,
  type RecordingKind,
} from "../testing/recordings.ts";
import { isObject } from "../testing/wire/json.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { dashscope } from "./dashscope/index.ts";
import { gemini } from "./gemini/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";

// What vendors sent, written in every other way in which they could have sent the same: it must be read as the same.

const dialects = {
  chat: openaiChat,
  messages: anthropicMessages,
  responses: openaiResponses,
  google: gemini,
  dashscope,
};

type Rewrite = (bytes: Buffer, stream: boolean) => Buffer;

const rewrites: Record<string, Rewrite> = {
  "fields in another order": eachJson((value) => JSON.stringify(changeObjects(value, reverse))),
  "unseen fields": eachJson((value) => JSON.stringify(changeObjects(value, addUnseen))),
  "every letter escaped": eachJson((value) => escape(JSON.stringify(value))),
  "white space": eachJson((value) => JSON.stringify(value, undefined, 2), "pretty"),
  "CRLF, comments and ids": eachEvent((lines) => [": alive", ...lines, "id: 7", "retry: 10"].join("\r\n") + "\r\n\r\n"),
  "CR alone": eachEvent((lines) => lines.join("\r") + "\r\r"),
  "no space after the colon": eachEvent(
    (lines) => lines.map((line) => line.replace(/^(\w+): /, "$1:")).join("\n") + "\n\n",
  ),
  "comments between events": eachEvent((lines) => `: alive\n\n${lines.join("\n")}\n\n\n\n`),
};

for (const kind of recordingKinds)
  describe(kind, () => {
    for (const file of [...recordedFiles(kind), ...variantFiles(kind)])
      test(file.path, () => {
        const recording = readRecording(file);
        const bytes = Buffer.from(recording.bytes);
        const expected = read(kind, recording, bytes);
        for (const [name, rewrite] of Object.entries(rewrites))
          expect([name, read(kind, recording, rewrite(bytes, recording.stream))]).toEqual([name, expected]);
        // A letter at a time takes long for the largest.
        for (const pieceBytes of bytes.length < 30_000 ? [1, 13] : [1_001])
          expect(read(kind, recording, bytes, pieceBytes)).toEqual(expected);
      });
  });

function read(kind: RecordingKind, { stream }: Recording, bytes: Buffer, pieceBytes = bytes.length): object {
  const pieces: Buffer[] = [];
  // Copies, since a reader may move bytes about.
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(Buffer.from(bytes.subarray(at, at + pieceBytes)));
  return readEvents(dialects[kind], { operation: "chat", stream, choiceCount: 1, isRaw: false }, pieces);
}

/** Rewrites the JSON of each event, or of the body. What is no JSON stays. */
function eachJson(write: (value: unknown) => string, form?: "pretty"): Rewrite {
  const rewrite = (text: string) => {
    try {
      return write(JSON.parse(text));
    } catch {
      return text;
    }
  };
  return (bytes, stream) => {
    const text = bytes.toString("utf8");
    if (!stream) return Buffer.from(rewrite(text));
    return Buffer.from(
      text.replaceAll(/^data: ?(.*?)(\r?)$/gm, (_line, data: string, end: string) => {
        const written = rewrite(data).split("\n");
        // A value over several lines is one event of several lines of data.
        return (form === "pretty" ? written : [written.join("")]).map((line) => `data: ${line}${end}`).join("\n");
      }),
    );
  };
}

/** Rewrites the lines of each event. A stream's last one may lack its end. */
function eachEvent(write: (lines: string[]) => string): Rewrite {
  return (bytes, stream) => {
    if (!stream) return bytes;
    const text = bytes.toString("utf8");
    const blocks = text.split(/\r?\n\r?\n/);
    const rest = blocks.pop() ?? "";
    return Buffer.from(
      blocks
        .filter((block) => block !== "")
        .map((block) => write(block.split(/\r?\n/)))
        .join("") + rest,
    );
  };
}

/** Changes all objects but those of a tool's arguments, and thoughts, which go back to the vendor as they came. */
function changeObjects(value: unknown, change: (entries: [string, unknown][]) => [string, unknown][]): unknown {
  if (Array.isArray(value)) return value.map((item) => changeObjects(item, change));
  if (!isObject(value) || value["type"] === "reasoning") return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    /^(?:args|input|arguments|partialArgs|logprobs)$/.test(key) ? inner : changeObjects(inner, change),
  ]);
  return Object.fromEntries(change(entries));
}

function reverse(entries: [string, unknown][]): [string, unknown][] {
  return entries.toReversed();
}

function addUnseen(entries: [string, unknown][]): [string, unknown][] {
  return [
    ["unseen_before", { text: "no text", content: null, list: [1.5, "\u0000"] }],
    ...entries,
    ["unseen_after", null],
  ];
}

/** Letters within strings as escapes, which a reader of bytes might not know again. */
function escape(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"/g, (string) =>
    string.replaceAll(/\\.|[a-z]/g, (letter) =>
      letter.startsWith("\\") ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  );
}
