/** The data of the events of an answer (`data: {...}`), parsed, but for the `[DONE]` at the end. Throws for an answer that is an error. */
export async function* readEvents<T>(response: Response): AsyncGenerator<T, void> {
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("data: ") || line.startsWith("data: [DONE]")) continue;
      yield JSON.parse(line.slice("data: ".length)) as T;
    }
  }
}
