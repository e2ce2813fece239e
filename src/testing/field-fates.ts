import { describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import type { Dialect } from "../dialect/dialect.ts";
import type { JsonObject } from "../dialect/read.ts";

/** What becomes of a field in the other dialect. */
export type Fate =
  /** Something of the body says it, in the other dialect's words. */
  | { as: JsonObject }
  /** Left out, and listed under these paths; `as` is what is said in its place. */
  | { dropped: string[]; as?: JsonObject }
  /** Refused with this parameter. */
  | { refused: string };

export interface Case {
  /** Fields of the body that have it. */
  given: JsonObject;
  fate: Fate;
  /** How its own dialect says it again, where not in the same words. */
  own?: JsonObject;
}

/** One case, or several for a field with values of different fates. */
export type Cases<T> = Record<T extends unknown ? keyof T : never, Case | Case[]>;

export function translate(from: Dialect, to: Dialect, body: JsonObject) {
  const call = from.open({
    operation: "chat",
    path: "",
    headers: new Headers(),
    body: Buffer.from(JSON.stringify(body)),
  });
  const { body: encoded, dropped } = to.encodeRequest(call.decode(), { model: "m", quirks: {} });
  return { body: JSON.parse(JSON.stringify(encoded)) as JsonObject, dropped: dropped.toSorted() };
}

export function holdsFor(
  from: Dialect,
  to: Dialect,
  base: JsonObject,
  title: string,
  cases: Record<string, Case | Case[]>,
) {
  const rows = Object.entries(cases).flatMap(([field, one]) => [one].flat().map((each) => ({ field, ...each })));
  const plain = translate(from, to, base);

  describe(`${title}, from ${from.name} to ${to.name}`, () => {
    test.each(rows)("$field: $given", ({ given, fate }) => {
      const act = () => translate(from, to, { ...base, ...given });
      if ("refused" in fate) {
        expect(faultOf(act)).toEqual(["unsupported_parameter", fate.refused]);
        return;
      }
      const { body, dropped } = act();
      expect(dropped).toEqual("dropped" in fate ? fate.dropped.toSorted() : []);
      if (fate.as) expect(body).toMatchObject(fate.as);
      else expect(body).toEqual(plain.body);
    });
  });

  describe(`${title}, within ${from.name}`, () => {
    test.each(rows)("$field: $given", ({ given, own }) => {
      const { body, dropped } = translate(from, from, { ...base, ...given });
      expect(dropped).toEqual([]);
      expect(body).toMatchObject(own ?? given);
    });
  });
}

export function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof SahabError) return [error.code, error.param];
  }
  return "nothing thrown";
}
