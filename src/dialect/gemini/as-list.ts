import { asArray, isObject } from "../read.ts";

/** A list of objects. One object counts as a list of one: Google takes it so, and its own examples have it (`"parts": {"text": …}`). */
export function asList(value: unknown, path: string, max: number): unknown[] {
  return isObject(value) ? [value] : asArray(value, path, max);
}
