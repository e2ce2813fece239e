import { PlanFault } from "../sheet/index.ts";
import type { Trace } from "./trace.ts";

/**
 * Reads a trace in one of two formats, told apart by its first character:
 * - lines of JSON with `timestamp` (ms), `input_length`, `output_length` (tokens) and `hash_ids`, one for each 512 tokens of the prompt
 *   (Mooncake, FAST 2025);
 * - CSV with the columns `TIMESTAMP` (date and time), `ContextTokens`, `GeneratedTokens` (Azure LLM inference traces, 2023).
 * Throws an Error that names the line.
 */
export function readTrace(text: string, name: string): Trace {
  return text.trimStart().startsWith("{") ? readMooncakeTrace(text, name) : readAzureTrace(text, name);
}

interface Row {
  arrivalMs: number;
  promptTokens: number;
  answerTokens: number;
  blocks: readonly number[];
}

const mooncakeBlockTokens = 512;

function readMooncakeTrace(text: string, name: string): Trace {
  const rows = linesOf(text).map(({ line, at }): Row => {
    const where = `${name}, line ${at}`;
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      throw new PlanFault(`Cannot read ${where}: it is not JSON`);
    }
    if (typeof parsed !== "object" || parsed === null)
      throw new PlanFault(`Cannot read ${where}: it is not a JSON object`);
    const fields = parsed as Record<string, unknown>;
    const promptTokens = tokensOf(fields["input_length"], `input_length of ${where}`, 1);
    const blocks = fields["hash_ids"];
    const expected = Math.ceil(promptTokens / mooncakeBlockTokens);
    if (!Array.isArray(blocks) || !blocks.every((id) => Number.isSafeInteger(id)))
      throw new PlanFault(`Cannot read hash_ids of ${where}: a list of whole numbers is allowed`);
    if (blocks.length !== expected)
      throw new PlanFault(
        `Cannot read ${where}: ${blocks.length} hash_ids for a prompt of ${promptTokens} tokens, which has ${expected} blocks of ${mooncakeBlockTokens}`,
      );
    const arrivalMs = fields["timestamp"];
    if (typeof arrivalMs !== "number" || !Number.isFinite(arrivalMs))
      throw new PlanFault(`Cannot read timestamp of ${where}: milliseconds as a number are allowed`);
    return {
      arrivalMs,
      promptTokens,
      answerTokens: tokensOf(fields["output_length"], `output_length of ${where}`, 1),
      blocks: blocks as number[],
    };
  });
  return traceOf(name, rows, mooncakeBlockTokens);
}

const azureColumns = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"];

function readAzureTrace(text: string, name: string): Trace {
  const [head, ...lines] = linesOf(text);
  const columns = head?.line.split(",").map((column) => column.trim()) ?? [];
  const [timeAt = -1, promptAt = -1, answerAt = -1] = azureColumns.map((column) => columns.indexOf(column));
  if (timeAt < 0 || promptAt < 0 || answerAt < 0)
    throw new PlanFault(
      `Cannot read ${name}: a trace is lines of JSON with timestamp, input_length, output_length and hash_ids, or CSV with the columns ${azureColumns.join(", ")}; its first line is "${(head?.line ?? "").slice(0, 80)}"`,
    );
  const rows = lines.map(({ line, at }): Row => {
    const where = `${name}, line ${at}`;
    const cells = line.split(",");
    return {
      arrivalMs: timeOf(cells[timeAt] ?? "", `TIMESTAMP of ${where}`),
      promptTokens: tokensOf(Number(cells[promptAt]?.trim() || Number.NaN), `ContextTokens of ${where}`, 1),
      answerTokens: tokensOf(Number(cells[answerAt]?.trim() || Number.NaN), `GeneratedTokens of ${where}`, 1),
      blocks: [],
    };
  });
  return traceOf(name, rows, 0);
}

function linesOf(text: string): { line: string; at: number }[] {
  return text
    .split("\n")
    .map((line, index) => ({ line: line.trim(), at: index + 1 }))
    .filter(({ line }) => line !== "");
}

const tokensMax = 100_000_000;

function tokensOf(value: unknown, what: string, least: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= tokensMax) return value;
  throw new PlanFault(`Cannot read ${what}: a whole number from ${least} to ${tokensMax} is allowed`);
}

/** Milliseconds since 1970; the trace has seven digits of a second, of which a date keeps three. */
function timeOf(text: string, what: string): number {
  const [, date, time, fraction = ""] = /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?/.exec(text) ?? [];
  const ms = Date.parse(`${date}T${time}Z`) + Number(`0${fraction}`) * 1_000;
  if (Number.isFinite(ms)) return ms;
  throw new PlanFault(`Cannot read ${what}: "${text.slice(0, 40)}" is not a time such as 2023-11-16 18:17:03.9799600`);
}

function traceOf(name: string, unsorted: readonly Row[], blockTokens: number): Trace {
  if (unsorted.length === 0) throw new PlanFault(`Cannot read ${name}: it has no requests`);
  const rows = unsorted.toSorted((a, b) => a.arrivalMs - b.arrivalMs);
  const firstMs = rows[0]?.arrivalMs ?? 0;
  const lastMs = (rows.at(-1)?.arrivalMs ?? 0) - firstMs;
  const numbers = new Map<number, number>();
  const blocks: number[] = [];
  const blockStarts = new Int32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) {
    for (const id of row.blocks) {
      let number = numbers.get(id);
      if (number === undefined) numbers.set(id, (number = numbers.size));
      blocks.push(number);
    }
    blockStarts[index + 1] = blocks.length;
  }
  return {
    name,
    requests: rows.length,
    arrivalMs: Float64Array.from(rows, (row) => row.arrivalMs - firstMs),
    promptTokens: Int32Array.from(rows, (row) => row.promptTokens),
    answerTokens: Int32Array.from(rows, (row) => row.answerTokens),
    blockTokens,
    blockStarts,
    blocks: Int32Array.from(blocks),
    distinctBlocks: numbers.size,
    // The next round begins one mean gap after the last request.
    durationMs: lastMs + (rows.length > 1 ? lastMs / (rows.length - 1) : 0),
  };
}
