import { GrammarRules } from "../../../engine/child/grammar/gbnf.ts";
import { SchemaError } from "../../../engine/child/grammar/schema-problems.ts";
import { schemaToGbnf } from "../../../engine/child/grammar/schema-to-gbnf.ts";
import { makeJson, makeJsonObject } from "../json-text.ts";
import { attempt, type Target } from "../target.ts";

const keys = [
  ..."type|properties|required|items|enum|const|anyOf|oneOf|allOf|not|$ref|$defs|definitions|additionalProperties".split(
    "|",
  ),
  ..."minItems|maxItems|minLength|maxLength|pattern|format|minimum|maximum|prefixItems|nullable|title|a|b|object".split(
    "|",
  ),
  ..."array|string|integer|number|boolean|null|#|#/$defs/a|#/properties/a|date-time|uuid|^a+$|exclusiveMinimum".split(
    "|",
  ),
];

/** A grammar within its bounds, whose rules are all there; or a SchemaError for a schema that is strict. */
export const grammar: Target = {
  name: "grammar",
  seeds: [
    '{"type":"object","properties":{"a":{"type":"string","enum":["x","y"]},"b":{"type":"array","items":{"type":"integer","minimum":-5,"maximum":1000},"minItems":1,"maxItems":3}},"required":["a"],"additionalProperties":false}',
    '{"$defs":{"a":{"anyOf":[{"type":"null"},{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}}}]}},"$ref":"#/$defs/a"}',
    '{"oneOf":[{"const":1},{"type":["string","null"],"minLength":2,"maxLength":10,"pattern":"^a[bc]+$"}],"title":"x"}',
    '{"allOf":[{"type":"object","properties":{"a":{}}},{"properties":{"b":{"format":"date-time"}},"required":["b"]}]}',
    '{"type":"array","prefixItems":[{"type":"number"},{"type":"boolean"}],"items":false}',
  ],
  words: [...keys.map((key) => JSON.stringify(key)), "{", "}", "[", "]", ",", ":", "1000000", "-1"],
  generate: (random) => (random() < 0.8 ? makeJsonObject(random, keys) : makeJson(random, keys)),
  run(input, random) {
    let schema: unknown;
    try {
      schema = JSON.parse(input.toString("utf8"));
    } catch {
      return;
    }
    const rules = new GrammarRules();
    const strict = random() < 0.5;
    const written = attempt(
      () => schemaToGbnf(schema, rules, { place: "schema", strict }),
      (error) => strict && error instanceof SchemaError,
    );
    if (!written.value) return;
    checkGrammar(rules.print(written.value.rule));
  },
};

const grammarCharsMax = 2 * 1024 * 1024;

/** Every rule that is named has a body. */
function checkGrammar(text: string): void {
  if (text.length > grammarCharsMax) throw new Error(`a grammar has ${text.length} characters`);
  const known = new Set([...text.matchAll(/^([a-z][\w-]*) ::= /gm)].map(([, name]) => name));
  const plain = text.replace(/"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]/g, '""');
  for (const [name] of plain.matchAll(/\b[a-z][\w-]*\b/g))
    if (!known.has(name)) throw new Error(`rule ${name} is named and not there`);
  if (/ ::= *$/m.test(text)) throw new Error("a rule is empty");
}
