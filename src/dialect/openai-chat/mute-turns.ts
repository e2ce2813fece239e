import { limits } from "../../base/limits.ts";
import { turnKey, type MuteTurn, type RewriteRules } from "../../call/index.ts";
import { asBuffer, scanObjectAt, skipSpace, type JsonField, type JsonScan } from "../json-scan.ts";
import type { JsonEdit } from "../json-splice.ts";
import type { OpenedBody } from "../open-body.ts";
import { isObject } from "../read.ts";

/**
 * The turns with calls of tools that have no `reasoning_content`. Messages are scanned, and only the calls of such turns are
 * parsed. Of messages that are no JSON nothing is found: they are the vendor's to judge.
 */
export function findMuteTurns({ body, scan }: OpenedBody): MuteTurn[] {
  const messages = scan.fields.get("messages");
  const bytes = asBuffer(body);
  if (!messages || bytes.indexOf(callsKey, messages.start) === -1) return [];
  const turns: MuteTurn[] = [];
  try {
    let at = skipSpace(bytes, messages.start + 1);
    while (at < messages.end && bytes[at] !== closeBracket) {
      const message = scanObjectAt(bytes, at, { depthMax: limits.jsonDepthMax });
      const turn = muteTurnOf(bytes, message.scan);
      if (turn) turns.push(turn);
      at = bytes[message.end] === comma ? skipSpace(bytes, message.end + 1) : message.end;
    }
    return turns;
  } catch {
    return [];
  }
}

/** The edits that give turns their reasoning. */
export function insertReasoning({ reasoning = [] }: RewriteRules): JsonEdit[] {
  return reasoning.map(({ turn: { start, end, before, after }, text }) => ({
    start,
    end,
    text: before + JSON.stringify(text) + after,
  }));
}

function muteTurnOf(bytes: Buffer, scan: JsonScan): MuteTurn | undefined {
  const calls = scan.fields.get("tool_calls");
  if (!calls?.elements) return undefined;
  const present = scan.fields.get("reasoning_content");
  if (present && bytes[present.start] === quote) return undefined;
  const key = keyOf(bytes, calls);
  if (present) return { key, start: present.start, end: present.end, before: "", after: "" };
  const at = scan.insertAt;
  return { key, start: at, end: at, before: '"reasoning_content":', after: "," };
}

/** Undefined where the id is not enough: what the user said before is not read here. */
function keyOf(bytes: Buffer, { start, end }: JsonField): string | undefined {
  const calls = JSON.parse(bytes.toString("utf8", start, end)) as unknown[];
  const [call] = calls;
  const called = isObject(call) && isObject(call["function"]) ? call["function"] : {};
  const { name, arguments: given } = called;
  const id = isObject(call) ? call["id"] : undefined;
  return turnKey({
    id: typeof id === "string" ? id : "",
    name: typeof name === "string" ? name : "",
    arguments: typeof given === "string" ? given : (JSON.stringify(given) ?? ""),
  });
}

const callsKey = '"tool_calls"';
const quote = 0x22;
const comma = 0x2c;
const closeBracket = 0x5d;
