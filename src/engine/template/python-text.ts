import { enter, leave, spendChars } from "./render-cost.ts";
import {
  BooleanValue,
  FloatValue,
  FunctionValue,
  IntegerValue,
  isDict,
  isMissing,
  isNone,
  ListValue,
  StringValue,
  written,
  type Value,
} from "./values.ts";

/** What Python's `str` makes of a value: what a template prints. */
export function printed(value: Value): string {
  if (value instanceof StringValue) return value.value;
  if (isMissing(value)) return "";
  return representation(value);
}

/** Python's `repr`. */
export function representation(value: Value): string {
  enter();
  const made = represent(value);
  leave();
  return made;
}

function represent(value: Value): string {
  const own = written(value);
  if (own !== undefined) return own;
  if (value instanceof StringValue) {
    spendChars(value.value.length);
    return quoted(value.value);
  }
  if (isNone(value)) return "None";
  if (value instanceof BooleanValue) return value.value ? "True" : "False";
  if (value instanceof FloatValue) return float(value.value);
  if (value instanceof IntegerValue) return integer(value.value);
  if (value instanceof ListValue) return `[${value.value.map(representation).join(", ")}]`;
  if (isDict(value))
    return `{${Array.from(value.value, ([key, item]) => `${quoted(key)}: ${representation(item)}`).join(", ")}}`;
  return isMissing(value) ? "Undefined" : "<function>";
}

export interface JsonStyle {
  indent?: number | string | undefined;
  isAscii?: boolean;
  separators?: [string, string] | undefined;
  sortsKeys?: boolean;
}

/** Python's `json.dumps` with `ensure_ascii=False`, which is what `tojson` is in chat templates. */
export function toJson(value: Value, style: JsonStyle = {}): string {
  const pad = typeof style.indent === "number" ? " ".repeat(Math.min(Math.max(style.indent, 0), 64)) : style.indent;
  const [comma, colon] = style.separators ?? [pad === undefined ? ", " : ",", ": "];
  const string = (letters: string) => (style.isAscii ? ascii(JSON.stringify(letters)) : JSON.stringify(letters));
  const enclose = (open: string, items: string[], close: string, depth: number) => {
    if (items.length === 0) return open + close;
    spendChars(items.length * (comma.length + (pad?.length ?? 0) * (depth + 1)));
    if (pad === undefined) return open + items.join(comma) + close;
    const line = `\n${pad.repeat(depth + 1)}`;
    return `${open}${line}${items.join(comma + line)}\n${pad.repeat(depth)}${close}`;
  };
  const write = (item: Value, depth: number): string => {
    enter();
    const json = writeContent(item, depth);
    leave();
    return json;
  };
  const writeContent = (item: Value, depth: number): string => {
    if (item instanceof StringValue) {
      spendChars(item.value.length);
      return string(item.value);
    }
    if (isNone(item) || isMissing(item)) return "null";
    if (item instanceof BooleanValue) return String(item.value);
    if (item instanceof IntegerValue || item instanceof FloatValue) return representation(item);
    if (item instanceof ListValue)
      return enclose(
        "[",
        item.value.map((one) => write(one, depth + 1)),
        "]",
        depth,
      );
    if (!isDict(item))
      throw new TypeError(
        `Object of type ${item instanceof FunctionValue ? "function" : item.type} is not JSON serializable`,
      );
    const entries = [...item.value];
    if (style.sortsKeys) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return enclose(
      "{",
      entries.map(([key, one]) => string(key) + colon + write(one, depth + 1)),
      "}",
      depth,
    );
  };
  return write(value, 0);
}

/** The marks that guard a caller's text are no letters of it, and stay as they are. */
function ascii(json: string): string {
  return json.replaceAll(
    /[\u007f-\ufdcf\ufdf0-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function quoted(letters: string): string {
  const quote = letters.includes("'") && !letters.includes('"') ? '"' : "'";
  // oxlint-disable-next-line no-control-regex
  const escaped = letters.replaceAll(/[\\\u0000-\u001f\u007f-\u00a0\u00ad'"]/g, (letter) => {
    if (letter === "'" || letter === '"') return letter === quote ? `\\${letter}` : letter;
    const short = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }[letter];
    return short ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return quote + escaped + quote;
}

function integer(value: number): string {
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : BigInt(value).toString();
}

function float(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e16 || size < 1e-4))
    return value.toExponential().replace(/e([+-])(\d)$/, (_match, sign: string, digit: string) => `e${sign}0${digit}`);
  if (Object.is(value, -0)) return "-0.0";
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
