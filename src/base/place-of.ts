/** Where it was thrown, for a log, without the message: messages of llama.cpp and of JSON.parse may quote the prompt. */
export function placeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const frames = (thrown.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return [thrown.name, ...frames].join("\n").slice(0, 1000);
}
