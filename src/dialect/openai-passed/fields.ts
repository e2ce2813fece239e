import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { WireBody } from "../../call/index.ts";
import { asBuffer, readInteger, readString, type JsonScan } from "../json-scan.ts";
import { removeFields, type JsonEdit } from "../json-splice.ts";
import { createKeyGuard, fold } from "../key-guard.ts";
import { editBody, openBody, promptBytesOf, renameModel } from "../open-body.ts";
import { reachesBeyond } from "../reaching-fields.ts";
import { parseJson } from "../vendor-error.ts";
import { scanForm, type Form, type FormPart } from "./form.ts";

/** The fields of a request in either form: a JSON object, or a form with files. */
export interface Fields {
  /** What the thread for large bodies found; undefined for forms, which it is not asked for. */
  readonly scan: JsonScan | undefined;
  /** A short text; undefined where there is none. Throws for another type. */
  text(name: string): string | undefined;
  /** A whole number from 1 to `max`. */
  count(name: string, max: number): number | undefined;
  isSet(name: string): boolean;
  /** Letters of a text of any length; 0 where there is none. */
  letters(name: string): number;
  /** Bytes of prompt in a field. */
  bytesOf(name: string): number;
  /** The first file with one of these names. */
  file(names: readonly string[]): Uint8Array | undefined;
  /** The same body with another model, and without the fields that `drops` names; `from` is its own model. A form gains a part that says "true". */
  rewrite(from: string, to: string, drops: (name: string) => boolean, added?: string): WireBody;
}

/** vLLM's field that asks for a count at the end of a streamed transcript. */
export const transcriptUsageField = "stream_include_usage";

/** The fields that are read: each must be there once, in this spelling. */
const names = [
  ..."model stream n input prompt response_format stream_format size quality".split(" "),
  transcriptUsageField,
];
const keys = createKeyGuard(names, { guardsMore: reachesBeyond });
const guarded = new Set(names);

export function isForm(contentType: string | null): boolean {
  return contentType !== null && /^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType);
}

export function openJson(body: Uint8Array, scan: JsonScan = openBody(body, keys).scan): Fields {
  const opened = { body, scan };
  return {
    scan,
    text: (name) => readString(body, scan, name),
    count: (name, max) => readInteger(body, scan, name, { min: 1, max }),
    isSet(name) {
      const field = scan.fields.get(name);
      return field !== undefined && asBuffer(body).toString("latin1", field.start, field.end) === "true";
    },
    letters(name) {
      const field = scan.fields.get(name);
      const value = field && parseJson(asBuffer(body).toString("utf8", field.start, field.end));
      if (field && typeof value !== "string") throw invalid(name, "expected a text");
      return countLetters(typeof value === "string" ? value : "");
    },
    bytesOf(name) {
      const field = scan.fields.get(name);
      return field ? promptBytesOf(field) : 0;
    },
    file: () => undefined,
    rewrite(from, to, drops) {
      const edits = renameModel(opened, from, to);
      const dropped = [...scan.fields.keys()].filter((name) => drops(name));
      const fields = dropped.flatMap((name) => scan.fields.get(name) ?? []);
      if (fields.length > 0) edits.push(...removeFields(body, fields));
      return { pieces: editBody(body, edits), ...(dropped.length > 0 && { dropped }) };
    },
  };
}

export function openForm(bytes: Uint8Array, contentType: string): Fields {
  const body = asBuffer(bytes);
  const form = scanForm(body, contentType);
  const parts = checkNames(form);
  const text = (name: string) => readText(body, parts.get(name));
  return {
    scan: undefined,
    text,
    count(name, max) {
      const said = text(name);
      if (said === undefined) return undefined;
      if (/^\d{1,9}$/.test(said) && Number(said) >= 1 && Number(said) <= max) return Number(said);
      throw invalid(name, `expected a whole number from 1 to ${max}, found ${JSON.stringify(said.slice(0, 20))}`);
    },
    isSet: (name) => /^(?:true|1|on|yes|t|y)$/i.test(text(name) ?? ""),
    letters: (name) => countLetters(text(name) ?? ""),
    bytesOf(name) {
      const part = parts.get(name);
      return part ? part.end - part.start : 0;
    },
    file(wanted) {
      const part = form.parts.find(({ name, isFile }) => isFile && wanted.includes(name));
      return part && body.subarray(part.start, part.end);
    },
    rewrite(from, to, drops, added) {
      const edits: JsonEdit[] = [];
      const dropped: string[] = [];
      for (const [index, part] of form.parts.entries()) {
        if (drops(part.name)) {
          dropped.push(part.name);
          edits.push({ start: part.from, end: form.parts[index + 1]?.from ?? form.end, text: "" });
        } else if (part.name === "model" && to !== from) edits.push({ start: part.start, end: part.end, text: to });
      }
      if (added !== undefined) edits.push(partBefore(form, added));
      const headers = { "content-type": form.contentType };
      return { pieces: editBody(body, edits), headers, ...(dropped.length > 0 && { dropped }) };
    },
  };
}

/** The edit that puts a part at the end of a form. */
function partBefore({ boundary, end }: Form, name: string): JsonEdit {
  const text = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\ntrue\r\n`;
  return { start: end, end, text };
}

/** The parts that are read, by name. Throws for those that another program might read under another name, or another one of. */
function checkNames({ parts }: Form): Map<string, FormPart> {
  const byName = new Map<string, FormPart>();
  for (const part of parts) {
    const { name } = part;
    if (byName.has(name)) keys.checkRepeated(name);
    keys.checkSpelling(name);
    // Some programs make lists and objects of `model[]` and `model.a`.
    const base = fold(name.replace(/[[.\s].*$/s, ""));
    if (base !== name && (guarded.has(base) || reachesBeyond(base)))
      throw invalid(base, `expected in this spelling, found ${JSON.stringify(name)}`);
    byName.set(name, part);
  }
  return byName;
}

const textBytesMax = 1024 * 1024;

function readText(body: Buffer, part: FormPart | undefined): string | undefined {
  if (!part) return undefined;
  const { name, isFile, start, end } = part;
  if (isFile) throw invalid(name, "expected a text, found a file");
  if (end - start > textBytesMax) throw invalid(name, `expected at most ${textBytesMax} bytes, found ${end - start}`);
  return body.toString("utf8", start, end);
}

function invalid(param: string, problem: string): SahabError {
  return new SahabError("invalid_request", `${param}: ${problem}`, { param });
}

/** As OpenAI counts them. Unverified: that a letter outside of the first plane is one. */
function countLetters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** How many images a request may ask for. */
export const imagesMax = limits.choicesMax;
