import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

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

/** `chat`: OpenAI's chat completions; `messages`: Anthropic's Messages; `responses`: OpenAI's Responses. */
export type RecordingKind = "chat" | "messages" | "responses";

/** All recordings of a kind. None where the folder is missing: it is beside the checkout, not in it. */
export function recordingsOf(kind: RecordingKind): Recording[] {
  return folders[kind].flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
    return files
      .map((file) => file.name)
      .toSorted()
      .flatMap((file) => readRecording(kind, join(path, file)));
  });
}

const root = join(import.meta.dir, "..", "..", "..", "shared", "recordings");

const folders: Record<RecordingKind, readonly string[]> = {
  chat: ["openai/chat", "deepseek/chat", "alibaba", "moonshotai", "groq", "mistral", "openai-compatible/chat"],
  messages: ["anthropic"],
  responses: ["openai/responses", "xai/responses", "open-responses/responses"],
};

function readRecording(kind: RecordingKind, path: string): Recording[] {
  const name = basename(path).replace(/\.(?:chunks\.txt|json|sse)$/, "");
  const bytes = readFileSync(path);
  if (path.endsWith(".sse")) return [{ name, stream: true, bytes }];
  if (path.endsWith(".chunks.txt")) return [{ name, stream: true, ...frame(kind, bytes.toString("utf8")) }];
  const json = JSON.parse(bytes.toString("utf8")) as { type?: string; error?: unknown };
  const isError = json.type === "error" || (json.error ?? undefined) !== undefined;
  return isError ? [] : [{ name, stream: false, bytes }];
}

/** The recordings hold the data of one event per line. */
function frame(kind: RecordingKind, text: string): Pick<Recording, "bytes" | "isBroken"> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (kind === "chat") return { bytes: Buffer.from([...lines, "[DONE]"].map((line) => `data: ${line}\n\n`).join("")) };
  const events = lines.map((line) => ({ line, type: typeOf(line) }));
  const framed = events.map(({ line, type }) => `event: ${type ?? "message"}\ndata: ${line}\n\n`);
  return { bytes: Buffer.from(framed.join("")), isBroken: events.some(({ type }) => type === undefined) };
}

function typeOf(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { type: string }).type;
  } catch {
    return undefined;
  }
}
