/** The extensions that the engine may read: those of the OpenAI dialect. In another one the same name may mean something else. */
export function openaiExtensions(request: {
  dialect: string;
  extensions: Record<string, unknown>;
}): Record<string, unknown> {
  return request.dialect === "openai-chat" ? request.extensions : {};
}
