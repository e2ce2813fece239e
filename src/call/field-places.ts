/** Where the client has what not all dialects have at one place, as it writes paths. Prefixes end in a dot. */
export interface FieldPlaces {
  reasoning: string;
  toolCall: string;
  toolResult: string;
  /** The list of tools, and the schema within one. */
  tools: string;
  toolSchema: string;
  formatSchema: string;
  /** Undefined where formats have no name. */
  formatName: string | undefined;
  /** The client's name of other fields, by their path in OpenAI's chat; a path that ends in a dot is that of all that begin with it. */
  names?: Readonly<Record<string, string>>;
}

/** What `fieldName` needs of them. */
export type NamedPlaces = Partial<Pick<FieldPlaces, "names" | "toolResult">>;

export function placesOf({ places }: { places?: FieldPlaces }): FieldPlaces {
  return places ?? commonPlaces;
}

/** The client's own name of a field, by its path in OpenAI's chat. */
export function fieldName({ places }: { places?: NamedPlaces | undefined }, path: string): string {
  const { names, toolResult } = { ...commonPlaces, ...places };
  if (!names) return path;
  // Where results of tools are parts of a turn, or the system's text is none, the client counts its turns in another way.
  const isCountedAlike = toolResult === commonPlaces.toolResult || !path.startsWith("messages[");
  const numbers = isCountedAlike ? (path.match(/\d+(?=\])/g) ?? []) : [];
  let at = 0;
  return rename(path.replace(/\[\d+\]/g, "[]"), names).replace(/\[\]/g, () => `[${numbers[at++] ?? ""}]`);
}

/** By the client's own names; the path itself where they do not have it. */
export function rename(path: string, names: FieldPlaces["names"]): string {
  if (!names) return path;
  if (Object.hasOwn(names, path)) return names[path] ?? path;
  const holder = Object.keys(names).find((name) => name.endsWith(".") && path.startsWith(name));
  return holder === undefined ? path : `${names[holder]}${path.slice(holder.length)}`;
}

/** The path of a tool in the client's own list, which has hosted tools among the others. */
export function toolPlace(
  request: { places?: FieldPlaces; hostedTools: readonly { index: number }[] },
  index: number,
): string {
  let position = index;
  for (const hosted of request.hostedTools) if (hosted.index <= position) position++;
  return `${placesOf(request).tools}[${position}]`;
}

/** Those of OpenAI's chat, which most dialects follow. */
export const commonPlaces: FieldPlaces = {
  reasoning: "messages[].reasoning_content",
  toolCall: "messages[].tool_calls[].",
  toolResult: "messages[].",
  tools: "tools",
  toolSchema: ".function.parameters",
  formatSchema: "response_format.json_schema.schema",
  formatName: "response_format.json_schema.name",
};
