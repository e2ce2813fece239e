import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";

/** An answer with status 200 that a vendor really sent. */
export interface Recording {
  /** The file's name, without its folder and endings. */
  name: string;
  stream: boolean;
  /** The body as it was on the wire. */
  bytes: Uint8Array;
  /** An event of the stream is no JSON, so that nobody can read it. */
  isBroken?: boolean;
}

/** OpenAI's chat completions, Anthropic's Messages, OpenAI's Responses, Google's Gemini. */
export const recordingKinds = ["chat", "messages", "responses", "google"] as const;
export type RecordingKind = (typeof recordingKinds)[number];

/** All recordings of a kind. None where the folder is missing: it is beside the checkout, not in it. */
export function recordingsOf(kind: RecordingKind): Recording[] {
  return recordingFiles(kind).flatMap((path) => readRecording(kind, path));
}

const root = join(import.meta.dir, "..", "..", "..", "shared", "recordings");

/** The paths of a kind's files: of answers, and of errors. The folder says the kind, so that files which are added are read. */
export function recordingFiles(kind: RecordingKind): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:json|sse|chunks\.txt)$/.test(entry.name))
    .filter((entry) => kindOf(relative(root, entry.parentPath)) === kind)
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** `xai/responses` is named for its API, `alibaba` for a vendor. */
function kindOf(folder: string): RecordingKind | undefined {
  const [vendor = "", api] = folder.split(/[\\/]/);
  if (api !== undefined) return api === "chat" || api === "responses" ? api : undefined;
  if (vendor === "" || vendor === "clients" || vendor === "cohere") return undefined;
  return vendor === "anthropic" ? "messages" : vendor === "google" ? "google" : "chat";
}

function readRecording(kind: RecordingKind, path: string): Recording[] {
  const name = basename(path).replace(/\.(?:chunks\.txt|json|sse)$/, "");
  const bytes = readFileSync(path);
  if (path.endsWith(".sse")) return [{ name, stream: true, bytes }];
  if (path.endsWith(".chunks.txt")) return [{ name, stream: true, ...frame(kind, bytes.toString("utf8")) }];
  return isError(bytes.toString("utf8")) ? [] : [{ name, stream: false, bytes }];
}

/** A response that went well has an `error` of null. */
export function isError(text: string): boolean {
  const json = JSON.parse(text) as { type?: string; error?: unknown };
  return json.type === "error" || (json.error !== undefined && json.error !== null);
}

/** The recordings hold the data of one event per line. */
function frame(kind: RecordingKind, text: string): Pick<Recording, "bytes" | "isBroken"> {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ line, type: typeOf(line) }));
  const isBroken = lines.some(({ type }) => type === undefined);
  const framed = lines.map(({ line, type }) => {
    if (kind === "chat") return `data: ${line}\n\n`;
    return kind === "google" ? `data: ${line}\r\n\r\n` : `event: ${type ?? "message"}\ndata: ${line}\n\n`;
  });
  const end = kind === "chat" ? "data: [DONE]\n\n" : "";
  return { bytes: Buffer.from(framed.join("") + end), isBroken };
}

/** Undefined for what is no JSON; empty for what has no type. */
function typeOf(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { type?: string }).type ?? "";
  } catch {
    return undefined;
  }
}
