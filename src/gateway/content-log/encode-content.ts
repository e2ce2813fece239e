import { createMasker, type MaskRule } from "../../base/mask-text.ts";
import type { Content, KeptContent, SaidAnswer, SaidPart } from "./messages.ts";

/** A text in base64 is told from words by its length. */
const base64CharsMin = 256;
const base64Only = /^[A-Za-z0-9+/_-]+={0,2}$/;
const dataUrl = /^data:([\w.+/-]{1,100})?(?:;[\w.=+-]{1,100}){0,5};base64,/;
/** Fields beside a text in base64 that tell its type, in the dialects. */
const typeFields = ["media_type", "mimeType", "mime_type", "format"];
/** As deep as a body may be nested (base/limits.ts). */
const depthMax = 250;

/** What is kept of a request: its body and its answer, with media replaced by their types and sizes, and every text masked. */
export function encodeContent(content: Content): KeptContent {
  const mask = maskerOf(content.mask);
  const { id, project, timeMs, keyId, model, operation, outcome, answer } = content;
  return {
    id,
    project,
    time: new Date(timeMs).toISOString(),
    key_id: keyId,
    model,
    operation,
    outcome,
    request: encodeBody(content, mask),
    answer: answer && encodeAnswer(answer, mask),
  };
}

/** Compiled once for each configuration. */
const maskers = new Map<string, (text: string) => string>();

function maskerOf(rules: readonly MaskRule[]): (text: string) => string {
  const name = JSON.stringify(rules);
  let masker = maskers.get(name);
  if (!masker) {
    if (maskers.size >= 100) maskers.clear();
    maskers.set(name, (masker = createMasker(rules)));
  }
  return masker;
}

function encodeBody({ body, bodyBytes }: Content, mask: (text: string) => string): unknown {
  if (body === null) return `[a body of ${bodyBytes} bytes, which is too large to be kept]`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    // A form with a file, or what was refused since it is no JSON.
    return `[a body of ${bodyBytes} bytes that is no JSON]`;
  }
  return encodeValue(parsed, mask, undefined, 0);
}

function encodeValue(value: unknown, mask: (text: string) => string, type: string | undefined, depth: number): unknown {
  if (typeof value === "string") return encodeText(value, mask, type);
  if (typeof value === "number") {
    const text = String(value);
    return text.length < 7 || mask(text) === text ? value : mask(text);
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth > depthMax) return "[nested too deeply]";
  if (Array.isArray(value)) return value.map((one) => encodeValue(one, mask, undefined, depth + 1));
  const fields = value as Record<string, unknown>;
  const told = typeFields.map((name) => fields[name]).find((field) => typeof field === "string");
  // Names of fields may be a caller's own, too.
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [mask(name), encodeValue(field, mask, told, depth + 1)]),
  );
}

function encodeText(text: string, mask: (text: string) => string, type: string | undefined): string {
  const url = dataUrl.exec(text);
  if (url) return showMedia(url[1], text.length - url[0].length);
  if (text.length >= base64CharsMin && base64Only.test(text)) return showMedia(type, text.length);
  return mask(text);
}

function showMedia(type: string | undefined, base64Chars: number): string {
  return `[${type === undefined || type.length > 100 ? "base64" : type}, ${Math.floor((base64Chars * 3) / 4)} bytes]`;
}

function encodeAnswer(answer: SaidAnswer, mask: (text: string) => string): SaidAnswer {
  if ("omitted" in answer) return answer;
  const choices = answer.choices.map(({ parts, finish }) => ({
    parts: parts.map((part) => encodePart(part, mask)),
    finish,
  }));
  return { choices, isCut: answer.isCut };
}

function encodePart(part: SaidPart, mask: (text: string) => string): SaidPart {
  if (part.type !== "tool-call") return { type: part.type, text: encodeText(part.text, mask, undefined) };
  return { ...part, name: mask(part.name), arguments: mask(part.arguments) };
}
