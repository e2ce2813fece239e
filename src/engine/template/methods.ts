import { argument, noArguments, numberArgument, splitArguments, textArgument, type Arguments } from "./arguments.ts";
import { areEqual } from "./compare.ts";
import { formatBraces, widthMax } from "./format.ts";
import { splitText, withoutGuards } from "./guarded-letters.ts";
import { printed } from "./python-text.ts";
import { spend, spendChars } from "./render-cost.ts";
import {
  callable,
  dict,
  isDict,
  itemsOf,
  list,
  ListValue,
  missing,
  none,
  StringValue,
  text,
  truth,
  whole,
  type Value,
} from "./values.ts";

/** A method of Python's str, list or dict, bound to the value; undefined where its type has none of that name. */
export function methodOf(value: Value, name: string): Value | undefined {
  if (value instanceof StringValue) return bind(textMethods.get(name), value.value);
  if (value instanceof ListValue) return bind(listMethods.get(name), value.value);
  return isDict(value) ? bind(dictMethods.get(name), value.value) : undefined;
}

type Method<T> = (self: T, args: Arguments) => Value;

function bind<T>(method: Method<T> | undefined, self: T): Value | undefined {
  return (
    method &&
    callable((args) => {
      spend(typeof self === "string" ? self.length / 64 : Array.isArray(self) ? self.length : 1);
      return method(self, splitArguments(args));
    })
  );
}

/** The text without the letters of a set at an end; without white space where no set is given. */
export function strip(self: string, args: Arguments, ends: "both" | "left" | "right" = "both"): string {
  const letters = textArgument(args, 0, "chars");
  if (letters === undefined) return ends === "both" ? self.trim() : ends === "left" ? self.trimStart() : self.trimEnd();
  const cut = withoutGuards(letters);
  const isCut = (at: number) => cut.includes(withoutGuards(self.charAt(at)));
  let start = 0;
  let end = self.length;
  if (ends !== "right") while (start < end && isCut(start)) start++;
  if (ends !== "left") while (end > start && isCut(end - 1)) end--;
  return self.slice(start, end);
}

export function replace(self: string, args: Arguments): string {
  const old = textArgument(args, 0, "old") ?? "";
  const made = textArgument(args, 1, "new") ?? "";
  const count = numberArgument(args, 2, "count") ?? -1;
  if (old === "") {
    let left = count < 0 ? Infinity : count;
    spendChars(Math.min(left, self.length + 1) * made.length);
    return self.replaceAll(old, () => (left-- > 0 ? made : ""));
  }
  const pieces = splitText(self, old, count);
  spendChars(pieces.length * made.length);
  return pieces.join(made);
}

export function capitalize(self: string): string {
  return self.charAt(0).toUpperCase() + self.slice(1).toLowerCase();
}

function title(self: string): string {
  return self.toLowerCase().replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
}

function split(self: string, args: Arguments): string[] {
  const separator = textArgument(args, 0, "sep");
  const most = numberArgument(args, 1, "maxsplit") ?? -1;
  if (separator === "") throw new TypeError("empty separator");
  if (separator === undefined) {
    const words = self.trim() === "" ? [] : self.trim().split(/\s+/);
    if (most < 0 || words.length <= most + 1) return words;
    const rest = new RegExp(`^\\s*(?:\\S+\\s+){${most}}`).exec(self)?.[0].length ?? 0;
    return [...words.slice(0, most), self.slice(rest)];
  }
  return splitText(self, separator, most);
}

function splitFromRight(self: string, args: Arguments): string[] {
  const separator = textArgument(args, 0, "sep");
  const most = numberArgument(args, 1, "maxsplit") ?? -1;
  const pieces = split(self, { positional: args.positional.slice(0, 1), named: noArguments.named });
  if (most < 0 || pieces.length <= most + 1) return pieces;
  const head = pieces.slice(0, pieces.length - most).join(separator ?? " ");
  return [head, ...pieces.slice(pieces.length - most)];
}

function partition(self: string, separator: string, at: number): Value {
  const parts = at === -1 ? [self, "", ""] : [self.slice(0, at), separator, self.slice(at + separator.length)];
  return list(parts.map(text));
}

/** `startswith` and `endswith` take a text or several. */
function affixes(args: Arguments): string[] {
  const given = argument(args, 0, "prefix") ?? argument(args, 0, "suffix");
  const all = given instanceof ListValue ? given.value : given ? [given] : [];
  if (all.length === 0 && !(given instanceof ListValue)) throw new TypeError("an argument is missing");
  return all.map((one) => {
    if (one instanceof StringValue) return one.value;
    throw new TypeError("a text or several are allowed");
  });
}

const all = (pattern: RegExp) => (self: string) => truth(pattern.test(self));
const texts = (values: string[]) => list(values.map(text));
const needle = (args: Arguments) => textArgument(args, 0, "sub") ?? "";
const countOf = (self: string, sub: string) => (sub === "" ? self.length + 1 : splitText(self, sub).length - 1);
const indexOf = (self: string, sub: string) => withoutGuards(self).indexOf(withoutGuards(sub));
const lastIndexOf = (self: string, sub: string) => withoutGuards(self).lastIndexOf(withoutGuards(sub));
const startsWith = (self: string, sub: string) => withoutGuards(self).startsWith(withoutGuards(sub));
const endsWith = (self: string, sub: string) => withoutGuards(self).endsWith(withoutGuards(sub));
const padded = (args: Arguments) => Math.min(numberArgument(args, 0, "width") ?? 0, widthMax);

const textMethods: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ["upper", (self) => text(self.toUpperCase())],
  ["lower", (self) => text(self.toLowerCase())],
  ["casefold", (self) => text(self.toLowerCase())],
  ["title", (self) => text(title(self))],
  ["capitalize", (self) => text(capitalize(self))],
  [
    "swapcase",
    (self) =>
      text(Array.from(self, (one) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join("")),
  ],
  ["strip", (self, args) => text(strip(self, args))],
  ["lstrip", (self, args) => text(strip(self, args, "left"))],
  ["rstrip", (self, args) => text(strip(self, args, "right"))],
  ["replace", (self, args) => text(replace(self, args))],
  ["split", (self, args) => texts(split(self, args))],
  ["rsplit", (self, args) => texts(splitFromRight(self, args))],
  ["splitlines", (self) => texts(self === "" ? [] : self.replace(/\r?\n$/, "").split(/\r\n|\r|\n/))],
  ["partition", (self, args) => partition(self, needle(args), indexOf(self, needle(args)))],
  [
    "rpartition",
    (self, args) => {
      const at = lastIndexOf(self, needle(args));
      return at === -1 ? texts(["", "", self]) : partition(self, needle(args), at);
    },
  ],
  ["startswith", (self, args) => truth(affixes(args).some((one) => startsWith(self, one)))],
  ["endswith", (self, args) => truth(affixes(args).some((one) => endsWith(self, one)))],
  ["removeprefix", (self, args) => text(startsWith(self, needle(args)) ? self.slice(needle(args).length) : self)],
  [
    "removesuffix",
    (self, args) => {
      const end = needle(args);
      return text(end !== "" && endsWith(self, end) ? self.slice(0, -end.length) : self);
    },
  ],
  ["find", (self, args) => whole(indexOf(self, needle(args)))],
  ["rfind", (self, args) => whole(lastIndexOf(self, needle(args)))],
  [
    "index",
    (self, args) => {
      const at = indexOf(self, needle(args));
      if (at === -1) throw new TypeError("substring not found");
      return whole(at);
    },
  ],
  ["count", (self, args) => whole(countOf(self, needle(args)))],
  [
    "join",
    (self, args) => {
      const items = itemsOf(argument(args, 0, "iterable") ?? missing) ?? [];
      spend(items.length);
      spendChars(items.length * self.length);
      return text(items.map(printed).join(self));
    },
  ],
  ["format", (self, args) => text(formatBraces(self, args))],
  [
    "zfill",
    (self, args) => text(self.replace(/^[+-]?/, (sign) => sign + "0".repeat(Math.max(0, padded(args) - self.length)))),
  ],
  ["ljust", (self, args) => text(self.padEnd(padded(args), textArgument(args, 1, "fillchar") ?? " "))],
  ["rjust", (self, args) => text(self.padStart(padded(args), textArgument(args, 1, "fillchar") ?? " "))],
  ["center", (self, args) => text(center(self, padded(args)))],
  ["isdigit", all(/^\p{Nd}+$/u)],
  ["isdecimal", all(/^\p{Nd}+$/u)],
  ["isnumeric", all(/^\p{N}+$/u)],
  ["isalpha", all(/^\p{L}+$/u)],
  ["isalnum", all(/^[\p{L}\p{N}]+$/u)],
  ["isspace", all(/^\s+$/u)],
  ["isascii", (self) => truth(Buffer.byteLength(self) === self.length)],
  ["isupper", (self) => truth(self !== self.toLowerCase() && self === self.toUpperCase())],
  ["islower", (self) => truth(self !== self.toUpperCase() && self === self.toLowerCase())],
]);

export function center(self: string, asked: number): string {
  const width = Math.min(asked, widthMax);
  return self.padStart(self.length + Math.floor((width - self.length) / 2)).padEnd(width);
}

const listMethods: ReadonlyMap<string, Method<Value[]>> = new Map<string, Method<Value[]>>([
  ["append", (self, args) => (self.push(argument(args, 0, "object") ?? none), none)],
  ["extend", (self, args) => (self.push(...(itemsOf(argument(args, 0, "iterable") ?? missing) ?? [])), none)],
  ["insert", (self, args) => (self.splice(numberArgument(args, 0, "index") ?? 0, 0, args.positional[1] ?? none), none)],
  ["pop", (self, args) => self.splice(numberArgument(args, 0, "index") ?? -1, 1)[0] ?? missing],
  ["copy", (self) => list([...self])],
  ["index", (self, args) => whole(self.findIndex((one) => areEqual(one, args.positional[0] ?? missing)))],
  ["count", (self, args) => whole(self.filter((one) => areEqual(one, args.positional[0] ?? missing)).length)],
]);

type Entries = Map<string, Value>;
const keyOf = (args: Arguments) => printed(args.positional[0] ?? missing);

const dictMethods: ReadonlyMap<string, Method<Entries>> = new Map<string, Method<Entries>>([
  ["get", (self, args) => self.get(keyOf(args)) ?? argument(args, 1, "default") ?? none],
  ["items", (self) => list(Array.from(self, ([key, value]) => list([text(key), value])))],
  ["keys", (self) => list(Array.from(self.keys(), text))],
  ["values", (self) => list([...self.values()])],
  ["copy", (self) => dict(new Map(self))],
  [
    "pop",
    (self, args) => {
      const found = self.get(keyOf(args)) ?? argument(args, 1, "default");
      self.delete(keyOf(args));
      return found ?? missing;
    },
  ],
  [
    "setdefault",
    (self, args) => {
      if (!self.has(keyOf(args))) self.set(keyOf(args), argument(args, 1, "default") ?? none);
      return self.get(keyOf(args)) ?? none;
    },
  ],
  [
    "update",
    (self, args) => {
      const given = args.positional[0];
      for (const [key, value] of [...(given && isDict(given) ? given.value : []), ...args.named]) self.set(key, value);
      return none;
    },
  ],
]);
