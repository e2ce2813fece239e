import { withoutGuards } from "./guarded-letters.ts";
import { enter, leave, spendChars } from "./render-cost.ts";
import { isDict, isMissing, isNone, ListValue, numberOf, StringValue, type Value } from "./values.ts";

/** Python's `==`: by content, and never equal across kinds; the library's compares as JavaScript does, where `'' == 0`. */
export function areEqual(left: Value, right: Value): boolean {
  enter();
  const isEqual = haveEqualContent(left, right);
  leave();
  return isEqual;
}

function haveEqualContent(left: Value, right: Value): boolean {
  if (left === right) return true;
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined || b !== undefined) return a === b;
  if (left instanceof StringValue) {
    if (!(right instanceof StringValue) || left.value.length !== right.value.length) return false;
    spendChars(left.value.length);
    return withoutGuards(left.value) === withoutGuards(right.value);
  }
  if (isNone(left) || isMissing(left)) return isNone(left) === isNone(right) && isMissing(left) === isMissing(right);
  if (left instanceof ListValue) {
    return (
      right instanceof ListValue &&
      left.value.length === right.value.length &&
      left.value.every((item, index) => areEqual(item, right.value[index] as Value))
    );
  }
  if (!isDict(left) || !isDict(right) || left.value.size !== right.value.size) return false;
  return left.value.entries().every(([key, item]) => {
    const other = right.value.get(key);
    return other !== undefined && areEqual(item, other);
  });
}

/** Below, at or above zero, as Python orders numbers, texts and lists. Throws for values that have no order. */
export function order(left: Value, right: Value, ignoresCase = false): number {
  enter();
  const found = orderByContent(left, right, ignoresCase);
  leave();
  return found;
}

function orderByContent(left: Value, right: Value, ignoresCase: boolean): number {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (left instanceof StringValue && right instanceof StringValue) {
    spendChars(left.value.length + right.value.length);
    const [a, b] = [withoutGuards(left.value), withoutGuards(right.value)];
    const [one, other] = ignoresCase ? [a.toLowerCase(), b.toLowerCase()] : [a, b];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  if (left instanceof ListValue && right instanceof ListValue) {
    for (const [index, item] of left.value.entries()) {
      const other = right.value[index];
      if (other === undefined) return 1;
      const found = order(item, other, ignoresCase);
      if (found !== 0) return found;
    }
    return left.value.length - right.value.length;
  }
  throw new TypeError(`'<' not supported between ${nameOf(left)} and ${nameOf(right)}`);
}

/** Python's `in`. */
export function contains(container: Value, item: Value): boolean {
  if (container instanceof ListValue) return container.value.some((one) => areEqual(one, item));
  if (isMissing(container)) return false;
  if (container instanceof StringValue && item instanceof StringValue)
    return withoutGuards(container.value).includes(withoutGuards(item.value));
  if (isDict(container)) return item instanceof StringValue && container.value.has(item.value);
  throw new TypeError(`argument of type ${nameOf(container)} is not iterable`);
}

/** Python's name of a value's type. */
export function nameOf(value: Value): string {
  if (value instanceof StringValue) return "'str'";
  if (isNone(value)) return "'NoneType'";
  if (isMissing(value)) return "'Undefined'";
  if (value instanceof ListValue) return "'list'";
  if (isDict(value)) return "'dict'";
  return { IntegerValue: "'int'", FloatValue: "'float'", BooleanValue: "'bool'" }[value.type] ?? "'function'";
}
