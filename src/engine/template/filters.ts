import { argument, numberArgument, textArgument, type Arguments } from "./arguments.ts";
import { areEqual, nameOf, order } from "./compare.ts";
import { formatPercent } from "./format.ts";
import { withoutGuards } from "./guarded-letters.ts";
import { capitalize, center, methodOf, replace, strip } from "./methods.ts";
import { printed, representation, toJson } from "./python-text.ts";
import { spend, spendChars } from "./render-cost.ts";
import { testNamed } from "./tests.ts";
import {
  FloatValue,
  isDict,
  isMissing,
  isTrue,
  itemsOf,
  list,
  ListValue,
  missing,
  numberOf,
  StringValue,
  text,
  truth,
  whole,
  withWritten,
  written,
  type Callable,
  type Value,
} from "./values.ts";

type Filter = (value: Value, args: Arguments) => Value;

/** The filter of Jinja2 of that name. Throws where there is none. */
export function filterNamed(name: string): Filter {
  const filter = filters.get(name);
  if (filter) return filter;
  throw new TypeError(`No filter named '${name}'`);
}

function items(value: Value): Value[] {
  const found = itemsOf(value);
  if (found) {
    spend(found.length);
    return found;
  }
  throw new TypeError(`${nameOf(value)} object is not iterable`);
}

/** The attribute or item at a path such as `function.name` or `0`. */
function attributeAt(value: Value, path: string): Value {
  let at = value;
  for (const step of path.split(".")) {
    const found = isDict(at) ? at.value.get(step) : at instanceof ListValue ? at.value.at(Number(step)) : undefined;
    at = found ?? missing;
  }
  return at;
}

/** What a filter looks at of each item: the item, or its `attribute`. */
function lens(args: Arguments, index = Number.POSITIVE_INFINITY): (item: Value) => Value {
  const attribute = argument(args, index, "attribute");
  if (attribute === undefined) return (item) => item;
  const path = printed(attribute);
  return (item) => attributeAt(item, path);
}

/** `select` and its kin: whether an item passes the test that the arguments name, by default whether it is true. */
function passes(args: Arguments, first: number): (item: Value) => boolean {
  const name = args.positional[first];
  if (name === undefined) return isTrue;
  const test = testNamed(printed(name));
  const rest = { positional: args.positional.slice(first + 1), named: args.named };
  return (item) => test(item, rest);
}

function selectBy(isWanted: boolean, byAttribute: boolean): Filter {
  return (value, args) => {
    const path = byAttribute ? printed(args.positional[0] ?? missing) : undefined;
    const isPassed = passes(args, byAttribute ? 1 : 0);
    return list(
      items(value).filter((item) => isPassed(path === undefined ? item : attributeAt(item, path)) === isWanted),
    );
  };
}

const map: Filter = (value, args) => {
  if (args.named.has("attribute")) {
    const look = lens(args);
    const otherwise = args.named.get("default");
    return list(items(value).map((item) => (isMissing(look(item)) ? (otherwise ?? missing) : look(item))));
  }
  const filter = filterNamed(printed(args.positional[0] ?? missing));
  const rest = { positional: args.positional.slice(1), named: args.named };
  return list(items(value).map((item) => filter(item, rest)));
};

const orDefault: Filter = (value, args) => {
  const flag = argument(args, 1, "boolean");
  const isReplaced = isMissing(value) || (flag !== undefined && isTrue(flag) && !isTrue(value));
  return isReplaced ? (argument(args, 0, "default_value") ?? text("")) : value;
};

const length: Filter = (value) => whole(isDict(value) ? value.value.size : items(value).length);

const sort: Filter = (value, args) => {
  const isReversed = argument(args, 0, "reverse");
  const minds = argument(args, 1, "case_sensitive");
  const ignoresCase = minds === undefined || !isTrue(minds);
  const look = lens(args, 2);
  const sign = isReversed && isTrue(isReversed) ? -1 : 1;
  return list(items(value).toSorted((a, b) => sign * order(look(a), look(b), ignoresCase)));
};

const dictsort: Filter = (value, args) => {
  if (!isDict(value)) throw new TypeError("dictsort needs a dict");
  const index = textArgument(args, 1, "by") === "value" ? "1" : "0";
  const named = new Map<string, Value>([["attribute", text(index)]]);
  const [minds, isReversed] = [argument(args, 0, "case_sensitive"), argument(args, 2, "reverse")];
  if (minds) named.set("case_sensitive", minds);
  if (isReversed) named.set("reverse", isReversed);
  const pairs = Array.from(value.value, ([key, item]) => list([text(key), item]));
  return sort(list(pairs), { positional: [], named });
};

const unique: Filter = (value, args) => {
  const look = lens(args, 1);
  const kept: Value[] = [];
  for (const item of items(value)) if (!kept.some((one) => areEqual(look(one), look(item)))) kept.push(item);
  return list(kept);
};

const best =
  (sign: number): Filter =>
  (value, args) => {
    const look = lens(args, 1);
    return items(value).reduce(
      (a, b) => (sign * order(look(b), look(a), true) > 0 ? b : a),
      items(value)[0] ?? missing,
    );
  };

const sum: Filter = (value, args) => {
  const look = lens(args, 0);
  const numbers = items(value).map((item) => numberOf(look(item)) ?? 0);
  const total = numbers.reduce((a, b) => a + b, numberArgument(args, 1, "start") ?? 0);
  return Number.isInteger(total) ? whole(total) : new FloatValue(total);
};

const join: Filter = (value, args) => {
  const look = lens(args, 1);
  const glue = textArgument(args, 0, "d") ?? textArgument(args, 0, "separator") ?? "";
  const all = items(value);
  spendChars(all.length * glue.length);
  return text(all.map((item) => printed(look(item))).join(glue));
};

const groupby: Filter = (value, args) => {
  const look = lens({ positional: [], named: new Map([["attribute", argument(args, 0, "attribute") ?? missing]]) });
  const groups: { key: Value; members: Value[] }[] = [];
  for (const item of items(value).toSorted((a, b) => order(look(a), look(b), true))) {
    const group = groups.find(({ key }) => areEqual(key, look(item)));
    if (group) group.members.push(item);
    else groups.push({ key: look(item), members: [item] });
  }
  return list(groups.map(({ key, members }) => list([key, list(members)])));
};

const batch: Filter = (value, args) => {
  const size = Math.max(1, numberArgument(args, 0, "linecount") ?? 1);
  const all = items(value);
  return list(
    Array.from({ length: Math.ceil(all.length / size) }, (_, i) => list(all.slice(i * size, (i + 1) * size))),
  );
};

const indent: Filter = (value, args) => {
  const width = argument(args, 0, "width");
  const pad = width instanceof StringValue ? width.value : " ".repeat(Math.min(numberOf(width) ?? 4, 1000));
  const [first, blank] = [argument(args, 1, "first"), argument(args, 2, "blank")];
  const lines = printed(value).split("\n");
  spend(lines.length);
  spendChars(lines.length * pad.length);
  const made = lines.map((line, index) => {
    if (index === 0) return first && isTrue(first) ? pad + line : line;
    return line === "" && !(blank && isTrue(blank)) ? line : pad + line;
  });
  return text(made.join("\n"));
};

const tojson: Filter = (value, args) => {
  const separators = argument(args, 2, "separators");
  const pair = separators instanceof ListValue ? separators.value.map(printed) : [];
  const width = argument(args, 0, "indent");
  const isSet = (name: string, index: number) => isTrue(argument(args, index, name) ?? missing);
  return text(
    toJson(value, {
      indent: width instanceof StringValue ? width.value : numberOf(width),
      isAscii: isSet("ensure_ascii", 3),
      separators: pair.length === 2 ? [pair[0] ?? "", pair[1] ?? ""] : undefined,
      sortsKeys: isSet("sort_keys", 4),
    }),
  );
};

const toInteger: Filter = (value, args) => {
  const parsed = value instanceof StringValue ? Number.parseFloat(withoutGuards(value.value)) : numberOf(value);
  if (parsed === undefined || Number.isNaN(parsed)) return argument(args, 0, "default") ?? whole(0);
  const own = value instanceof StringValue ? withoutGuards(value.value).trim() : written(value);
  return own !== undefined && /^-?\d+$/.test(own) ? withWritten(whole(parsed), own) : whole(Math.trunc(parsed));
};

const toFloat: Filter = (value, args) => {
  const parsed = value instanceof StringValue ? Number.parseFloat(withoutGuards(value.value)) : numberOf(value);
  if (parsed === undefined || Number.isNaN(parsed)) return argument(args, 0, "default") ?? new FloatValue(0);
  return new FloatValue(parsed);
};

const round: Filter = (value, args) => {
  const scale = 10 ** (numberArgument(args, 0, "precision") ?? 0);
  const number = (numberOf(value) ?? 0) * scale;
  const method = textArgument(args, 1, "method") ?? "common";
  const rounded =
    method === "ceil" ? Math.ceil(number) : method === "floor" ? Math.floor(number) : roundHalfEven(number);
  return new FloatValue(rounded / scale);
};

function roundHalfEven(number: number): number {
  const below = Math.floor(number);
  if (number - below !== 0.5) return Math.round(number);
  return below % 2 === 0 ? below : below + 1;
}

const truncate: Filter = (value, args) => {
  const size = numberArgument(args, 0, "length") ?? 255;
  const self = printed(value);
  if (self.length <= size + 5) return text(self);
  const end = textArgument(args, 2, "end") ?? "...";
  const cut = self.slice(0, Math.max(0, size - end.length));
  const cutsWords = isTrue(argument(args, 1, "killwords") ?? missing);
  return text((cutsWords ? cut : cut.replace(/\s\S*$/, "")) + end);
};

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
};
const escape: Filter = (value) =>
  text(printed(value).replaceAll(/[&<>'"\uFDD0-\uFDEF]/g, (letter) => escapes[withoutGuards(letter)] ?? letter));
const onText =
  (change: (self: string, args: Arguments) => string): Filter =>
  (value, args) =>
    text(change(printed(value), args));
const itself: Filter = (value) => value;

const dictItems: Filter = (value) => {
  if (isMissing(value)) return list([]);
  const method = isDict(value) ? methodOf(value, "items") : undefined;
  if (!method) throw new TypeError("Can only get item pairs from a mapping.");
  return (method.value as Callable)([], undefined as never);
};

const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ["abs", (value) => (isNegative(value) ? negated(value) : value)],
  ["attr", (value, args) => attributeAt(value, printed(args.positional[0] ?? missing))],
  ["batch", batch],
  ["bool", (value) => truth(isTrue(value))],
  ["capitalize", onText(capitalize)],
  ["center", onText((self, args) => center(self, numberArgument(args, 0, "width") ?? 80))],
  ["count", length],
  ["d", orDefault],
  ["default", orDefault],
  ["dictsort", dictsort],
  ["e", escape],
  ["escape", escape],
  ["first", (value) => items(value)[0] ?? missing],
  ["float", toFloat],
  ["forceescape", escape],
  ["format", (value, { positional }) => text(formatPercent(printed(value), list([...positional])))],
  ["groupby", groupby],
  ["indent", indent],
  ["int", toInteger],
  ["items", dictItems],
  ["join", join],
  ["last", (value) => items(value).at(-1) ?? missing],
  ["length", length],
  ["list", (value) => list([...items(value)])],
  ["lower", onText((self) => self.toLowerCase())],
  ["map", map],
  ["max", best(1)],
  ["min", best(-1)],
  ["pprint", (value) => text(representation(value))],
  ["reject", selectBy(false, false)],
  ["rejectattr", selectBy(false, true)],
  ["replace", onText(replace)],
  [
    "reverse",
    (value) =>
      value instanceof StringValue
        ? text(Array.from(value.value).toReversed().join(""))
        : list(items(value).toReversed()),
  ],
  ["round", round],
  ["safe", itself],
  ["select", selectBy(true, false)],
  ["selectattr", selectBy(true, true)],
  ["sort", sort],
  ["string", onText((self) => self)],
  [
    "striptags",
    onText((self) =>
      // Without an end ahead each start would be looked through to the end of the text.
      (self.slice(0, self.lastIndexOf(">") + 1).replaceAll(/<[^<>]*>/g, "") + self.slice(self.lastIndexOf(">") + 1))
        .replaceAll(/\s+/g, " ")
        .trim(),
    ),
  ],
  ["sum", sum],
  [
    "title",
    onText((self) => self.toLowerCase().replaceAll(/(?<=^|[-\s({[<])\p{L}/gu, (letter) => letter.toUpperCase())),
  ],
  ["tojson", tojson],
  ["trim", onText((self, args) => strip(self, args))],
  ["truncate", truncate],
  ["unique", unique],
  ["upper", onText((self) => self.toUpperCase())],
  ["urlencode", onText((self) => encodeURIComponent(withoutGuards(self).toWellFormed()).replaceAll("%2F", "/"))],
  ["wordcount", (value) => whole(printed(value).match(/\S+/g)?.length ?? 0)],
]);

const isNegative = (value: Value) => (numberOf(value) ?? 0) < 0;
const negated = (value: Value): Value => {
  const number = -(numberOf(value) ?? 0);
  return value instanceof FloatValue ? new FloatValue(number) : whole(number);
};
