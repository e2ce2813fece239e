import rehypeHighlight from "rehype-highlight";
import "./highlight.css";

/** Colours of code, in the languages that most code is in; loaded with the first block of it. An unknown language is plain. */
export const highlightPlugins = [
  leaveLongPlain,
  [rehypeHighlight, { detect: false, plainText: ["math"] }] as [typeof rehypeHighlight, object],
];

/** Colouring 50,000 characters takes some 50 ms, again each time that more has come. */
const colouredCharsMax = 50_000;

/** Marks code that is too long as `no-highlight`. */
function leaveLongPlain() {
  return (tree: Node): void => {
    for (const block of tree.children ?? [])
      for (const code of block.tagName === "pre" ? (block.children ?? []) : [])
        if ((code.children?.[0]?.value ?? "").length > colouredCharsMax)
          code.properties = { ...code.properties, className: [...(code.properties?.className ?? []), "no-highlight"] };
  };
}

interface Node {
  tagName?: string;
  value?: string;
  children?: Node[];
  properties?: { className?: string[] };
}
