import { isUtf8 } from "node:buffer";
import { SahabError } from "../../../base/errors.ts";
import { limits } from "../../../base/limits.ts";
import { isObject } from "../../../call/index.ts";
import { scanJsonObject } from "../../../dialect/json-scan.ts";
import { keysOf, makeJson, wordsOf } from "../json-text.ts";
import { attempt, same, type Target } from "../target.ts";
import { chatAnswers, chatBodies, messagesBodies } from "./samples.ts";

const seeds = [...chatBodies, ...messagesBodies, ...chatAnswers];
const words = wordsOf(seeds);
const keys = keysOf(words);

/** The scan must find what JSON.parse finds at the top. It may be milder about what is inside values. */
export const jsonScan: Target = {
  name: "json-scan",
  seeds,
  words,
  generate: (random) => makeJson(random, keys),
  run(input) {
    const scanned = attempt(() => scanJsonObject(input, { depthMax: limits.jsonDepthMax }), isOwn);
    const parsed = isUtf8(input) ? parse(input.toString("utf8")) : undefined;
    if (scanned.error) {
      if (isObject(parsed) && !/nested|deep/i.test(scanned.error.message))
        throw new Error(`valid JSON is refused: ${scanned.error.message}`);
      return;
    }
    for (const { start, end } of scanned.value.fields.values())
      if (start < 1 || end <= start || end > input.length) throw new Error(`a field is at ${start} to ${end}`);
    if (parsed === undefined) return;
    if (!isObject(parsed)) throw new Error("what is no object is taken for one");
    same("the keys", [...scanned.value.fields.keys()].toSorted(), Object.keys(parsed).toSorted());
    for (const [key, { start, end, elements }] of scanned.value.fields) {
      const value = parse(input.toString("utf8", start, end));
      same("a field's value", value, parsed[key]);
      same("the number of elements", elements, Array.isArray(value) ? value.length : undefined);
    }
  },
};

const isOwn = (error: Error) => error instanceof SahabError && ["invalid_json", "invalid_request"].includes(error.code);

/** Undefined for what is no JSON. Keys like `__proto__` are keys. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
