import { decodeUsageRecord, decodeUsageValues, type UsageRecord, type UsageValues } from "./record/index.ts";

/** `settled` is final; `progress` is what a request under way had used when the line was written. */
export type JournalKind = "settled" | "progress";

/** A settled record is on its way to the store, so it is decoded as the row that it becomes. */
export type JournalLine = { kind: "settled"; values: UsageValues } | { kind: "progress"; record: UsageRecord };

const marks: Record<JournalKind, string> = { settled: "s ", progress: "p " };
const markSums: Record<JournalKind, number> = {
  settled: Bun.hash.crc32(marks.settled),
  progress: Bun.hash.crc32(marks.progress),
};

/** `<CRC-32 of the rest, 8 hex digits> <s or p> <JSON>\n`: readable with any pager, and damage to a line is detected. */
export function encodeJournalLine(kind: JournalKind, json: string): string {
  // The checksum continues that of the mark, so that the JSON is not copied for it.
  return `${toHex(Bun.hash.crc32(json, markSums[kind]))} ${marks[kind]}${json}\n`;
}

/**
 * Decodes the whole lines of a piece of a segment. `usedBytes` ends after the last line feed: what follows may still
 * be written (or was cut by a crash). `damaged` counts lines whose checksum, version or JSON is wrong; they are skipped.
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
  const kind = body.startsWith(marks.settled) ? "settled" : body.startsWith(marks.progress) ? "progress" : undefined;
  if (kind === undefined || text[8] !== " " || text.slice(0, 8) !== toHex(Bun.hash.crc32(body))) return undefined;
  try {
    const json = body.slice(2);
    return kind === "settled" ? { kind, values: decodeUsageValues(json) } : { kind, record: decodeUsageRecord(json) };
  } catch {
    return undefined;
  }
}

function toHex(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
