import type { YAMLError } from "yaml";

/** Says in plain words why a text is not YAML. The parser's own messages quote the text, which may hold a key, so they are only looked at. */
export function describeYamlFault({ code, message }: Pick<YAMLError, "code" | "message">): string {
  const [, closer] = closers.find(([pattern]) => pattern.test(`${code} ${message}`)) ?? [];
  return closer ?? words[code] ?? "something is not allowed here";
}

/** Where one code stands for several mistakes. */
const closers: readonly (readonly [RegExp, string])[] = [
  [
    /^MISSING_CHAR Sequence item without -/,
    "the indentation does not fit the lines before it: fields of one entry begin in the same column",
  ],
  [/^MISSING_CHAR Missing closing/, "a quote is opened and not closed"],
  [/^BAD_INDENT Flow /, "a bracket that was opened before is not closed; is a ] or } missing?"],
  [
    /^BLOCK_AS_IMPLICIT_KEY Nested mappings/,
    "there is a second colon with a space behind it in this line; a text that holds one needs quotes",
  ],
];

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
  BLOCK_IN_FLOW: "within brackets a comma stands between fields; is one missing?",
  DUPLICATE_KEY: "this key is there twice; keys must be unique",
  KEY_OVER_1024_CHARS: "a key has more than 1,024 characters; is a quote or a colon missing?",
  MISSING_CHAR: "a character is missing: a colon, a quote, a bracket or a comma",
  MULTILINE_IMPLICIT_KEY:
    "this is no field and no entry of a list; is a colon, the space behind one, or a quote missing?",
  MULTIPLE_ANCHORS: "a value has several anchors",
  MULTIPLE_DOCS: "another document begins; one is allowed",
  MULTIPLE_TAGS: "a value has several tags",
  NON_STRING_KEY: "a key is no text",
  TAB_AS_INDENT: "a tab is used as indentation; spaces are allowed",
  TAG_RESOLVE_FAILED: "a tag (!) is not known; a text that begins with ! needs quotes",
  UNEXPECTED_TOKEN: "this is not expected here; is a quote, a bracket or a line end missing?",
};
