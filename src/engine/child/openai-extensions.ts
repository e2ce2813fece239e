import { llamaFieldNames } from "./llama-fields.ts";

/** What the engine reads of a request's extensions, all of the OpenAI dialect. In another one the same name may mean something else. */
export function openaiExtensions(request: {
  dialect: string;
  extensions: Record<string, unknown>;
}): Partial<Record<(typeof readNames)[number], unknown>> {
  if (request.dialect !== "openai-chat") return {};
  return Object.fromEntries(readNames.map((name) => [name, request.extensions[name]]));
}

const readNames = [...llamaFieldNames, "chat_template_kwargs", "continue_final_message"] as const;

/** Whether an object has more fields than that. A list of all names takes seconds where there are a million. */
export function hasMoreFields(object: object, most: number): boolean {
  let count = 0;
  for (const _ in object) if (++count > most) return true;
  return false;
}
