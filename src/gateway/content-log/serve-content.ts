import { gunzipSync, gzipSync } from "node:zlib";
import { must } from "../../base/assert.ts";
import { placeOf } from "../../base/place-of.ts";
import { createByteSealer, type ByteSealer } from "../../base/seal.ts";
import { appendContent, findContent } from "./content-files.ts";
import { encodeContent } from "./encode-content.ts";
import type { Content, FromContentThread, KeptContent, ToContentThread } from "./messages.ts";

interface Place {
  dir: string;
  index: number;
  sealer: ByteSealer;
}

/** What the thread does with a message: masks, seals and writes the text of a request, or finds it again. Undefined where there is nothing to answer. */
export function createContentServer(): (message: ToContentThread) => FromContentThread | undefined {
  let place: Place | undefined;
  return (message) => {
    if (message.type === "open") {
      place = { dir: message.dir, index: message.index, sealer: createByteSealer(message.dataKey) };
      return undefined;
    }
    const { number } = message;
    const opened = must(place, "the thread is opened first");
    try {
      if (message.type === "read") return { number, found: read(opened, message.id) };
      write(opened, message.content);
      return { number };
    } catch (error) {
      return { number, fault: error instanceof Error ? error.message.slice(0, 300) : "unknown" };
    }
  };
}

function write({ dir, index, sealer }: Place, content: Content): void {
  const { id, project, retentionDays } = content;
  const packed = withoutQuotes(() => gzipSync(JSON.stringify(encodeContent(content)), { level: 1 }));
  const line = `${id} ${sealer.seal(packed, contextOf(id)).toString("base64")}`;
  appendContent(dir, { project, retentionDays, index, nowMs: Date.now() }, line);
}

function read({ dir, sealer }: Place, id: string): KeptContent | undefined {
  const sealed = findContent(dir, id);
  if (sealed === undefined) return undefined;
  const packed = sealer.open(Buffer.from(sealed, "base64"), contextOf(id));
  return withoutQuotes(() => JSON.parse(gunzipSync(packed).toString("utf8")) as KeptContent);
}

/** What fails at a text may quote it in its message, which goes to the log. */
function withoutQuotes<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new Error(`the text could not be encoded or decoded: ${placeOf(cause)}`, { cause });
  }
}

/** Sealed along, so that no line can be put in another's place. */
function contextOf(id: string): string {
  return `content:${id}`;
}
