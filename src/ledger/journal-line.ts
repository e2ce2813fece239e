import { decodeUsageRecord, type UsageRecord } from "./usage-record.ts";

/** `settled` is final; `progress` is what a request under way had used when the line was written. */
export type JournalKind = "settled" | "progress";

export interface JournalLine {
  kind: JournalKind;
  record: UsageRecord;
}

/** `<CRC-32 of the rest, 8 hex digits> <s or p> <JSON>\n`: readable with any pager, and a torn or damaged line shows. */
export function encodeJournalLine(kind: JournalKind, json: string): string {
  const body = `${kind === "settled" ? "s" : "p"} ${json}`;
  return `${checksum(body)} ${body}\n`;
}

/**
 * Decodes the whole lines of a piece of a segment. `usedBytes` ends after the last line feed: what follows may still
 * be written (or was cut by a crash). `damaged` counts lines whose checksum or JSON is wrong; they are skipped.
 */
export function decodeJournalLines(bytes: Uint8Array): { lines: JournalLine[]; usedBytes: number; damaged: number } {
  const usedBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines: JournalLine[] = [];
  let damaged = 0;
  for (const text of Buffer.from(bytes.buffer, bytes.byteOffset, usedBytes).toString("utf8").split("\n")) {
    if (text === "") continue;
    const line = decodeLine(text);
    if (line) lines.push(line);
    else damaged++;
  }
  return { lines, usedBytes, damaged };
}

function decodeLine(text: string): JournalLine | undefined {
  const body = text.slice(9);
  const kind = body.startsWith("s ") ? "settled" : body.startsWith("p ") ? "progress" : undefined;
  if (kind === undefined || text[8] !== " " || text.slice(0, 8) !== checksum(body)) return undefined;
  try {
    return { kind, record: decodeUsageRecord(body.slice(2)) };
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return Bun.hash.crc32(text).toString(16).padStart(8, "0");
}
