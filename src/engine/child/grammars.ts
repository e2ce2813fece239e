import type { Llama, LlamaGrammar } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { ChatRequest, ToolDefinition } from "../../call/index.ts";
import { gbnfLiteral, jsonRules, SchemaError, schemaToGbnf } from "./schema-to-gbnf.ts";

const grammarsMax = 64;

/** Compiles the grammars that requests ask for, and keeps the most recently used. */
export class Grammars {
  readonly #llama: Llama;
  readonly #cache = new Map<string, LlamaGrammar>();

  constructor(llama: Llama) {
    this.#llama = llama;
  }

  /** The grammar that the answer must follow; undefined for free text. Throws `invalid_request` for a schema that no grammar can enforce. */
  async forRequest(request: ChatRequest): Promise<LlamaGrammar | undefined> {
    const text = forcedCalls(request) ?? formatGrammar(request);
    return text === undefined ? undefined : await this.#compile(text, request);
  }

  async #compile(text: string, request: ChatRequest): Promise<LlamaGrammar> {
    const cached = this.#cache.get(text);
    if (cached) {
      this.#cache.delete(text);
      this.#cache.set(text, cached);
      return cached;
    }
    let grammar: LlamaGrammar;
    try {
      grammar = await this.#llama.createGrammar({ grammar: text });
    } catch (cause) {
      const what =
        request.responseFormat.type === "json-schema"
          ? `The schema "${request.responseFormat.name}"`
          : "The tools' schemas";
      throw new SahabError("invalid_request", `${what} cannot be made into a grammar that the engine accepts`, {
        cause,
      });
    }
    this.#cache.set(text, grammar);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= grammarsMax) break;
      this.#cache.delete(oldest);
    }
    return grammar;
  }
}

function formatGrammar(request: ChatRequest): string | undefined {
  const format = request.responseFormat;
  if (format.type === "text") return undefined;
  const rules = new Map<string, string>(Object.entries(jsonRules));
  if (format.type === "json-object") return print("object", rules);
  try {
    return print(schemaToGbnf(format.schema, rules, { strict: true }), rules);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new SahabError("invalid_request", `The schema "${format.name}" cannot be used: ${error.message}`, {
      param: "response_format.json_schema.schema",
      cause: error,
    });
  }
}

/** A grammar of calls to the tools that the request demands, in the form that OutputParser reads. */
function forcedCalls(request: ChatRequest): string | undefined {
  const choice = request.toolChoice;
  if (choice.type !== "required" && choice.type !== "tool") return undefined;
  const tools = choice.type === "tool" ? request.tools.filter((tool) => tool.name === choice.name) : request.tools;
  if (tools.length === 0) {
    const found = choice.type === "tool" ? `the tool "${choice.name}"` : "a tool";
    throw new SahabError(
      "invalid_request",
      `tool_choice asks for ${found}, but tools has ${request.tools.length === 0 ? "none" : request.tools.map((tool) => tool.name).join(", ")}`,
      {
        param: "tool_choice",
      },
    );
  }
  const rules = new Map<string, string>(Object.entries(jsonRules));
  const calls = tools.map((tool) => toolRule(tool, rules));
  rules.set("call", `"<tool_call>" "\\n"? (${calls.join(" | ")}) "\\n"? "</tool_call>"`);
  return print(request.parallelToolCalls ? `call ("\\n" call){0,15}` : "call", rules);
}

function toolRule(tool: ToolDefinition, rules: Map<string, string>): string {
  try {
    const schema = tool.parameters ?? { type: "object", properties: {}, additionalProperties: false };
    // Each tool's schema is written separately, so that its references cannot resolve to rules of another tool's schema.
    const body = schemaToGbnf(schema, rules, { strict: tool.strict === true });
    const name = `tool${rules.size}`;
    rules.set(name, `${gbnfLiteral(`{"name": ${JSON.stringify(tool.name)}, "arguments": `)} ${body} "}"`);
    return name;
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new SahabError("invalid_request", `The parameters of tool "${tool.name}" cannot be used: ${error.message}`, {
      param: "tools",
      cause: error,
    });
  }
}

function print(root: string, rules: Map<string, string>): string {
  return [`root ::= ${root}`, ...[...rules].map(([name, body]) => `${name} ::= ${body}`), ""].join("\n");
}
