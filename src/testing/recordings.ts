import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** An answer with status 200 that a vendor really sent. */
export interface Recording {
  /** The file's name, without its folder and endings. */
  name: string;
  stream: boolean;
  /** The body as it was on the wire. */
  bytes: Uint8Array;
}

/** `chat`: OpenAI's chat completions; `messages`: Anthropic's Messages. */
export type RecordingKind = "chat" | "messages";

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
};

function readRecording(kind: RecordingKind, path: string): Recording[] {
  const name = basename(path).replace(/\.(?:chunks\.txt|json|sse)$/, "");
  const bytes = readFileSync(path);
  if (path.endsWith(".sse")) return [{ name, stream: true, bytes }];
  if (path.endsWith(".chunks.txt")) return [{ name, stream: true, bytes: frame(kind, bytes.toString("utf8")) }];
  const json = JSON.parse(bytes.toString("utf8")) as { type?: string; error?: unknown };
  const isError = json.type === "error" || json.error !== undefined;
  return isError ? [] : [{ name, stream: false, bytes }];
}

/** The recordings hold the data of one event per line. */
function frame(kind: RecordingKind, text: string): Uint8Array {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (kind === "chat") return Buffer.from([...lines, "[DONE]"].map((line) => `data: ${line}\n\n`).join(""));
  const nameOf = (line: string) => (JSON.parse(line) as { type: string }).type;
  return Buffer.from(lines.map((line) => `event: ${nameOf(line)}\ndata: ${line}\n\n`).join(""));
}
