/** What differs within a field. A value that is not there has no `before`, or no `after`. */
export interface ChangedValue {
  /** Such as `price.input` or `targets[0].model`. */
  path: string;
  before?: unknown;
  after?: unknown;
  /** It changes, and its values must not be shown. */
  secret?: true;
}

/** A value, and as much of it as may be shown. */
interface Value {
  whole: unknown;
  shown: unknown;
}

/** What differs between two values of a field, as far as it may be shown. */
export function* diffValues(path: string, before: Value, after: Value): Generator<ChangedValue> {
  if (Bun.deepEquals(before.whole, after.whole)) return;
  if (isRecord(before.shown) && isRecord(after.shown) && isRecord(before.whole) && isRecord(after.whole)) {
    for (const key of new Set([...Object.keys(before.whole), ...Object.keys(after.whole)]))
      yield* diffValues(`${path}.${key}`, partOf(before, key), partOf(after, key));
    return;
  }
  // Of lists of another length nobody knows which entries belong together.
  if (Array.isArray(before.shown) && Array.isArray(after.shown) && before.shown.length === after.shown.length) {
    for (const at of before.shown.keys()) yield* diffValues(`${path}[${at}]`, partOf(before, at), partOf(after, at));
    return;
  }
  const isHidden = [before, after].some(({ whole, shown }) => whole !== undefined && shown === undefined);
  const isAlike = Bun.deepEquals(before.shown, after.shown);
  yield {
    path,
    ...(before.shown !== undefined && !isAlike && { before: shorten(before.shown) }),
    ...(after.shown !== undefined && !isAlike && { after: shorten(after.shown) }),
    ...((isHidden || isAlike) && { secret: true as const }),
  };
}

function partOf({ whole, shown }: Value, key: string | number): Value {
  const at = (value: unknown) => (value as Record<string | number, unknown>)[key];
  return { whole: at(whole), shown: at(shown) };
}

const charsMax = 200;

/** A certificate or a long list as the beginning of its JSON. */
function shorten(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > charsMax ? `${text.slice(0, charsMax)}… (${text.length} characters)` : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
