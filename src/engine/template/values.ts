import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { allowValue } from "./render-cost.ts";

/** A value of a template. The library does not export their classes, so these are taken from values that it makes. */
export interface Value {
  type: string;
  value: unknown;
}
export type Callable = (args: Value[], scope: Environment) => Value;

interface Typed<T> extends Value {
  value: T;
}
type ValueClass<T> = new (value: T) => Typed<T>;

export const StringValue = classOf<string>("");
export const IntegerValue = classOf<number>(1);
export const FloatValue = classOf<number>(1.5);
export const BooleanValue = classOf<boolean>(true);
export const ListValue = classOf<Value[]>([]);
const DictValue = classOf<Map<string, Value>>({});
export const FunctionValue = classOf<Callable>(() => null);
const NullValue = classOf<null>(null);
const UndefinedValue = classOf<undefined>(undefined);
const { KeywordArguments, Namespace } = classesOfCalls();
export { KeywordArguments };

export const none: Value = new NullValue(null);
export const missing: Value = new UndefinedValue(undefined);
export const isNone = (value: Value): boolean => value instanceof NullValue;
export const isMissing = (value: Value): boolean => value instanceof UndefinedValue;
export const text = (value: string): Value => new StringValue(value);
export const whole = (value: number): Value => new IntegerValue(value);
export const truth = (value: boolean): Value => new BooleanValue(value);
export const list = (values: Value[]): Value => new ListValue(values);
export const dict = (entries: Map<string, Value>): Value => new DictValue(entries);
export const callable = (value: Callable): Value => new FunctionValue(value);
export const isDict = (value: Value): value is Typed<Map<string, Value>> =>
  value instanceof DictValue || value instanceof Namespace;

/** Python's truth of a value: what is empty or zero is false. */
export function isTrue(value: Value): boolean {
  if (value instanceof ListValue) return value.value.length > 0;
  return isDict(value) ? value.value.size > 0 : Boolean(value.value);
}

/** A number, or a boolean, which counts as 0 or 1; undefined for anything else. */
export function numberOf(value: Value | undefined): number | undefined {
  if (value instanceof IntegerValue || value instanceof FloatValue) return value.value;
  return value instanceof BooleanValue ? Number(value.value) : undefined;
}

/** How a value is written where its own text must be kept: the digits of a number, the JSON of a call's arguments. */
export function written(value: Value): string | undefined {
  return "written" in value && typeof value.written === "string" ? value.written : undefined;
}

export function withWritten(value: Value, written: string): Value {
  return Object.assign(value, { written });
}

/** A whole number or a fraction that prints as it was written, with all of its digits. */
export function numberAsWritten(source: string): Value {
  const value = Number(source);
  return withWritten(/[.eE]/.test(source) ? new FloatValue(value) : new IntegerValue(value), source);
}

/** What iterating over a value yields, as in Python: the letters of a text, the keys of a dict; undefined where it can't be iterated. */
export function itemsOf(value: Value): Value[] | undefined {
  if (value instanceof ListValue) return value.value;
  if (value instanceof StringValue) return Array.from(value.value, text);
  if (isDict(value)) return Array.from(value.value.keys(), text);
  // Python iterates over what is undefined, but not over None; templates are written for servers that pass either.
  return isMissing(value) || isNone(value) ? [] : undefined;
}

/** A value for data of the program. Objects keep the order of their keys as far as the language does. */
export function toValue(data: unknown, protect: (text: string) => string): Value {
  if (!isValue(data)) allowValue(typeof data === "string" ? data.length : 0);
  if (typeof data === "string") return text(protect(data));
  if (typeof data === "number") return Number.isInteger(data) ? whole(data) : new FloatValue(data);
  if (typeof data === "boolean") return truth(data);
  if (data === undefined) return missing;
  if (data === null) return none;
  if (isValue(data)) return data;
  if (Array.isArray(data)) return list(data.map((item) => toValue(item, protect)));
  if (typeof data !== "object") throw new TypeError(`A template takes no ${typeof data}`);
  // One by one, and not from a list of all: the count of values may end it.
  const entries = new Map<string, Value>();
  for (const key in data) entries.set(protect(key), toValue((data as Record<string, unknown>)[key], protect));
  return dict(entries);
}

const AnyValue = Object.getPrototypeOf(StringValue) as abstract new () => Value;
const isValue = (data: unknown): data is Value => data instanceof AnyValue;

export function setVariable(scope: Environment, name: string, value: Value): void {
  scope.setVariable(name, value as ReturnType<Environment["set"]>);
}

function classOf<T>(sample: unknown): ValueClass<T> {
  return new Environment().set("sample", sample).constructor as unknown as ValueClass<T>;
}

/** The classes that only a template's own calls make. */
function classesOfCalls() {
  let given: Value[] = [];
  const environment = new Environment();
  const see = new FunctionValue((args) => {
    given = args;
    return args[0] as Value;
  });
  setVariable(environment, "see", see);
  new Interpreter(environment).run(parse(tokenize("{{ see(namespace(), name=1) }}")));
  return {
    Namespace: given[0]?.constructor as unknown as ValueClass<Map<string, Value>>,
    KeywordArguments: given[1]?.constructor as unknown as ValueClass<Map<string, Value>>,
  };
}
