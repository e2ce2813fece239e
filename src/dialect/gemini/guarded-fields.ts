import { SahabError } from "../../base/errors.ts";
import { remembered } from "../../base/remembered.ts";
import type { JsonScan } from "../json-scan.ts";
import { createKeyGuard, fold, type KeyGuard } from "../key-guard.ts";
import { reachesBeyond } from "../reaching-fields.ts";
import { invalidField } from "../read.ts";
import { toSnake } from "./camel-fields.ts";

/** Guards the fields that are read at the top level of a request. */
export const topGuard = createGuard([
  "model",
  "contents",
  "content",
  "requests",
  "systemInstruction",
  "tools",
  "toolConfig",
  "generationConfig",
  "generateContentRequest",
]);

/** The same within `generationConfig`. */
export const configGuard = createGuard(["candidateCount", "maxOutputTokens"], "generationConfig.");

/**
 * Guards fields that have two spellings each, `generationConfig` and `generation_config`, against a third one, and those that
 * reach beyond the model as other dialects do.
 */
function createGuard(names: readonly string[], prefix = ""): KeyGuard {
  const known = new Set(names.flatMap((name) => [name, toSnake(name)]));
  const folded = new Map(names.map((name) => [name.toLowerCase(), name]));
  const others = createKeyGuard([...known], { prefix, guardsMore: reachesBeyond });
  return {
    // Most have a capital letter, and would be folded each time.
    checkSpelling: remembered((key) => {
      if (known.has(key)) return;
      others.checkSpelling(key);
      const end = key.indexOf("\0");
      const name = folded.get(fold(end === -1 ? key : key.slice(0, end)).replaceAll("_", ""));
      if (name === undefined) return;
      throw new SahabError(
        "invalid_request",
        `${prefix}${name}: expected in this spelling, found ${JSON.stringify(key)}, which some programs take for "${name}" and others do not`,
        { param: prefix + name },
      );
    }),
    checkRepeated: others.checkRepeated,
  };
}

/** The spelling in which an object has a field; undefined where it has none. Throws where it has both. */
export function findSpelling(scan: JsonScan, name: string, prefix = ""): string | undefined {
  const other = toSnake(name);
  const isThere = scan.fields.has(name);
  if (other === name || !scan.fields.has(other)) return isThere ? name : undefined;
  if (isThere) throw invalidField(prefix + name, `expected in one spelling, found also as "${other}"`);
  return other;
}
