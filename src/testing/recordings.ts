import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { kindOfText, type FileKind, type RecordingKind } from "./recording-kinds.ts";

export { recordingKinds, type RecordingKind } from "./recording-kinds.ts";

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

/** A file in a folder of recordings. */
export interface RecordedFile {
  /** Below the folder. */
  path: string;
  name: string;
  /** Undefined where nobody knows what it is. */
  kind: FileKind | undefined;
  /** A body with a status of its own. */
  isError: boolean;
  text: string;
}

/** All recordings of a kind. None where the folder is missing: it is beside the checkout, not in it. */
export function recordingsOf(kind: RecordingKind): Recording[] {
  return recordedFiles(kind).map(readRecording);
}

/** The files of answers, of one kind or of all, that vendors really sent. */
export function recordedFiles(kind?: FileKind): RecordedFile[] {
  return recorded().filter((file) => kind === undefined || (file.kind === kind && !file.isError));
}

/** Answers of our own, in the same form: what vendors are known or allowed to send, and what goes wrong. */
export function variantFiles(kind?: FileKind): RecordedFile[] {
  return variants().filter((file) => kind === undefined || (file.kind === kind && !file.isError));
}

const recorded = listOnce(join(import.meta.dir, "..", "..", "..", "shared", "recordings"));
const variants = listOnce(join(import.meta.dir, "recorded"));

/** Reading them takes a while, and many tests want one kind. */
function listOnce(folder: string): () => readonly RecordedFile[] {
  let files: RecordedFile[] | undefined;
  return () => (files ??= listFiles(folder));
}

function listFiles(folder: string): RecordedFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^(?:README\.md|LICENSE)$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(folder, path), "utf8");
      const kind = kindOfText(path, text);
      const name = basename(path).replace(/\.(?:chunks\.txt|json|sse)$/, "");
      return { path, name, kind, isError: path.endsWith(".json") && isError(text), text };
    });
}

/** It comes with status 200 all the same. */
export function saysErrorIn200({ path, isError }: RecordedFile): boolean {
  return isError && path.endsWith(".200.json");
}

export function readRecording({ path, name, kind, text }: RecordedFile): Recording {
  if (path.endsWith(".chunks.txt")) return { name, stream: true, ...frame(kind, text) };
  return { name, stream: path.endsWith(".sse"), bytes: Buffer.from(text) };
}

/** A response that went well has an `error` of null, DashScope's a `code` that is empty. */
function isError(text: string): boolean {
  const json = JSON.parse(text) as { type?: string; error?: unknown; code?: unknown; output?: unknown };
  const isCode = typeof json.code === "string" && json.code !== "" && json.output === undefined;
  return json.type === "error" || (json.error !== undefined && json.error !== null) || isCode;
}

/** The recordings hold the data of one event per line. */
function frame(kind: FileKind | undefined, text: string): Pick<Recording, "bytes" | "isBroken"> {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ line, type: typeOf(line) }));
  const isBroken = lines.some(({ type }) => type === undefined);
  const framed = lines.map(({ line, type }, index) => {
    if (kind === "chat" || kind === "completion") return `data: ${line}\n\n`;
    if (kind === "dashscope") return `id:${index + 1}\nevent:result\n:HTTP_STATUS/200\ndata:${line}\n\n`;
    return kind === "google" ? `data: ${line}\r\n\r\n` : `event: ${type || "message"}\ndata: ${line}\n\n`;
  });
  const end = kind === "chat" || kind === "completion" ? "data: [DONE]\n\n" : "";
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
