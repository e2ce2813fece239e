import { join } from "node:path";
import { createOwnerProof, ownerHeader } from "../../base/owner-proof.ts";
import { defaultChatTemplate } from "../gguf/random-tokenizer.ts";
import { writeRandomModel } from "../gguf/random-model.ts";
import type { TestSahab } from "../run-sahab.ts";
import { readTemplates } from "./field-case.ts";
import { words, object, type Json } from "./reply.ts";

/** What `pull` said of a model. */
export interface Pulled {
  isServed: boolean;
  /** All it said, warnings and error included. */
  text: string;
}

/** The small random models that the cases ask for: `t-NAME` has the template NAME. */
const templateModels: readonly string[] = [
  "plain",
  "plain2",
  "qwen3coder",
  "gemma",
  "mistral",
  "effort",
  "broken",
  "generation",
  "loop2",
  "misc",
  "rejectattr",
  "safe",
  "sequence",
  "strftime",
  "upper",
];

export async function pullTemplateModels(sahab: TestSahab, folder: string): Promise<Map<string, Pulled>> {
  const pulled = new Map<string, Pulled>();
  const templates = { ...readTemplates(), ...ownTemplates };
  for (const name of templateModels) {
    const source = join(folder, `t-${name}.gguf`);
    const chatTemplate = templates[name];
    if (chatTemplate === undefined) throw new Error(`there is no template ${name}`);
    await writeRandomModel(source, { architecture: "llama", seed: 7, chatTemplate });
    pulled.set(`t-${name}`, await pull(sahab, source, `t-${name}`));
  }
  return pulled;
}

export async function pull(sahab: TestSahab, source: string, name: string): Promise<Pulled> {
  // As the machine's owner, like the command line on it; on a full disk there is no room for the proof.
  const proof = createOwnerProof(join(sahab.dataDir, "models"));
  const headers = proof ? { [ownerHeader]: proof.id } : {};
  const response = await sahab.admin("/models/pull", { json: { source, name }, headers });
  const text = await response.text();
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Json)
    .filter((line) => line["received_bytes"] === undefined);
  return {
    isServed: lines.some((line) => line["name"] === name) && !lines.some((line) => line["error"]),
    text: lines.map((line) => words(object(line["error"])["message"]) || JSON.stringify(line)).join(" "),
  };
}

/** Prints all that a caller can write into a turn, so that nothing of it can pass unseen. */
const plain = defaultChatTemplate.replace(
  "{%- if message.content %}",
  "{%- if message.name %}{{- '(' + message.name + ') ' }}{%- endif %}{%- if message.content %}",
);

/** Walks over the arguments of calls, as templates of coding models do. */
const callsByItems = `{%- for m in messages %}
{{- '<|turn|>' + m.role + '\\n' }}
{%- if m.content %}{{- m.content }}{%- endif %}
{%- if m.tool_calls %}{%- for call in m.tool_calls %}
{{- '<tool_call><function=' + call.function.name + '>' }}
{%- for key, value in call.function.arguments | items %}
{{- '<parameter=' + key + '>' + (value | string) + '</parameter>' }}
{%- endfor %}
{{- '</function></tool_call>' }}
{%- endfor %}{%- endif %}
{{- '<|end_turn|>\\n' }}
{%- endfor %}
{{- '<|turn|>assistant\\n' }}`;

const ownTemplates: Record<string, string> = { plain, plain2: plain, qwen3coder: callsByItems };
