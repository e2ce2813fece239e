import rehypeHighlight from "rehype-highlight";
import "./highlight.css";

/** Colours of code, in the languages that most code is in; loaded with the first block of it. */
export const highlightPlugins = {
  remark: [],
  // An unknown language is plain; guessing would be slow and often wrong.
  rehype: [[rehypeHighlight, { detect: false }] as [typeof rehypeHighlight, { detect: boolean }]],
};
