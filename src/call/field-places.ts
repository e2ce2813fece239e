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

export function placesOf({ places }: { places?: FieldPlaces }): FieldPlaces {
  return places ?? commonPlaces;
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
