import rehypeHighlight from "rehype-highlight";
import "./highlight.css";

/** Colours of code, in the languages that most code is in; loaded with the first block of it. An unknown language is plain. */
export const highlightPlugins = [
  [rehypeHighlight, { detect: false, plainText: ["math"] }] as [typeof rehypeHighlight, object],
];
