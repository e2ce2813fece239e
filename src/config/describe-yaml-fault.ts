import type { YAMLError } from "yaml";

/**
 * Describes why a text is not YAML, and where. The parser's own messages quote the text, which may hold a key, so they are not used.
 */
export function describeYamlFault({ code, linePos }: Pick<YAMLError, "code" | "linePos">): string {
  const at = linePos?.[0];
  const what = words[code] ?? "something is not allowed here";
  return at ? `line ${at.line}, column ${at.col}: ${what}` : what;
}

const words: Partial<Record<YAMLError["code"], string>> = {
  ALIAS_PROPS: "an alias (*name) can have neither an anchor nor a tag",
  BAD_ALIAS: "a name of an anchor (&) or alias (*) is malformed; a text that begins with & or * needs quotes",
  BAD_COLLECTION_TYPE: "a tag says another kind of value than what follows",
  BAD_DIRECTIVE: "a line that begins with % is no directive",
  BAD_DQ_ESCAPE: "a backslash in double quotes begins no known escape; write \\\\ for a backslash",
  BAD_INDENT: "the indentation does not fit the lines before it",
  BAD_PROP_ORDER: "an anchor or a tag is in the wrong place",
  BAD_SCALAR_START: "a text cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a list or an object begins within a line that has begun as something else",
  BLOCK_IN_FLOW: "a block of lines is not allowed within brackets",
  DUPLICATE_KEY: "this key is there twice; keys must be unique",
  KEY_OVER_1024_CHARS: "a key has more than 1,024 characters; is a quote or a colon missing?",
  MISSING_CHAR: "a character is missing: a colon, a quote, a bracket or a comma",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines; is a colon or a quote missing?",
  MULTIPLE_ANCHORS: "a value has several anchors",
  MULTIPLE_DOCS: "another document begins; one is allowed",
  MULTIPLE_TAGS: "a value has several tags",
  NON_STRING_KEY: "a key is no text",
  TAB_AS_INDENT: "a tab is used as indentation; spaces are allowed",
  TAG_RESOLVE_FAILED: "a tag (!) is not known; a text that begins with ! needs quotes",
  UNEXPECTED_TOKEN: "this is not expected here; is a quote, a bracket or a line end missing?",
};
