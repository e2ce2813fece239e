import { SahabError } from "../../../base/errors.ts";
import { fieldName, placesOf, toolPlace, type ChatRequest } from "../../../call/index.ts";
import { checkSchema } from "./check-schema.ts";
import { choiceRule, type Choice } from "./choice-rule.ts";
import { forcedForm, genericRules, type OutputRules } from "../output/index.ts";
import { gbnfLiteral, GrammarRules } from "./gbnf.ts";
import { SchemaError } from "./schema-problems.ts";
import { anyValueRule, schemaToGbnf } from "./schema-to-gbnf.ts";

export interface WrittenGrammar {
  text: string;
  /** Where the client has what the grammar is made from. */
  place: string;
  /** The places of what the grammar does not enforce. */
  leftOut: readonly string[];
}

interface WriteOptions {
  /** Of the model: they say in which form calls are demanded. */
  rules?: OutputRules;
  /** Of schemas that are not strict only whether they are about objects is held. */
  isCoarse?: boolean;
}

/** The grammar that the answer to a request must follow; undefined for free text. Pauses between tools, which may be a thousand. Throws `invalid_request` where a strict schema cannot be enforced. */
export function* writeGrammar(
  request: ChatRequest,
  options: WriteOptions = {},
): Generator<undefined, WrittenGrammar | undefined> {
  try {
    return (yield* forcedCalls(request, options)) ?? formatGrammar(request, options);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new SahabError("invalid_request", error.message, { param: error.place, cause: error });
  }
}

function formatGrammar(request: ChatRequest, options: WriteOptions): WrittenGrammar | undefined {
  const format = request.responseFormat;
  if (format.type === "text") return undefined;
  const rules = new GrammarRules();
  const place = placesOf(request).formatSchema;
  if (format.type === "json-object") return { text: rules.print("object"), place: "response_format", leftOut: [] };
  const { rule, leftOut } = writeSchema(format, format.schema, place, rules, options);
  return { text: rules.print(rule), place, leftOut };
}

/** A grammar of calls to the tools that the request demands, in a form that the model's output rules read. */
function* forcedCalls(request: ChatRequest, options: WriteOptions): Generator<undefined, WrittenGrammar | undefined> {
  const { toolChoice: choice, tools } = request;
  if (choice.type !== "required" && choice.type !== "tool") return undefined;
  const form = forcedForm(
    options.rules ?? genericRules,
    tools.map(({ name }) => name),
  );
  const rules = new GrammarRules();
  const calls: Choice[] = [];
  const allLeftOut: string[] = [];
  const { tools: place, toolSchema } = placesOf(request);
  for (const [index, tool] of tools.entries()) {
    if (choice.type === "tool" && tool.name !== choice.name) continue;
    yield undefined;
    const schema = tool.parameters ?? noArguments;
    const at = `${toolPlace(request, index)}${toolSchema}`;
    const { rule, leftOut } = writeSchema(tool, schema, at, rules, options);
    allLeftOut.push(...leftOut);
    calls.push({
      text: form.name + JSON.stringify(tool.name).slice(1, -1) + form.middle,
      rest: inOrder(rule, literal(form.nameEnd)),
    });
  }
  if (calls.length === 0) {
    const wanted = choice.type === "tool" ? `the tool "${choice.name}"` : "a tool";
    const names = tools.map((tool) => tool.name).join(", ") || "none";
    throw new SahabError("invalid_request", `tool_choice asks for ${wanted}, but ${place} has ${names}`, {
      param: fieldName(request, "tool_choice"),
    });
  }
  const line = form.hasLines === true ? '"\\n"?' : "";
  const call = rules.add(inOrder(literal(form.open), line, `(${choiceRule(calls)})`, line, literal(form.close)));
  const isOne = !request.parallelToolCalls || form.separator === undefined;
  const more = isOne ? "" : `(${inOrder(literal(form.separator), call)}){0,15}`;
  const root = inOrder(literal(form.begin), call, more, literal(form.end));
  return { text: rules.print(root), place, leftOut: allLeftOut };
}

const literal = (text = "") => (text === "" ? "" : gbnfLiteral(text));

const inOrder = (...rules: string[]) => rules.filter((rule) => rule !== "").join(" ");

const noArguments = { type: "object", properties: {}, additionalProperties: false };

function writeSchema(
  { strict }: { strict?: boolean },
  schema: unknown,
  place: string,
  rules: GrammarRules,
  { isCoarse }: WriteOptions,
): { rule: string; leftOut: string[] } {
  checkSchema(schema, place);
  if (isCoarse && strict !== true) return { rule: anyValueRule(schema), leftOut: [place] };
  return schemaToGbnf(schema, rules, { place, strict: strict === true });
}
