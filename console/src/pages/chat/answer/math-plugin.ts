import "katex/dist/katex.min.css";
import rehypeKatex from "rehype-katex";
import remarkMath from "remark-math";

/** Signs of math; loaded with the first formula. `normalizeMath` has written all of it with two dollars. */
export const mathPlugins = {
  remark: [[remarkMath, { singleDollarTextMath: false }] as [typeof remarkMath, { singleDollarTextMath: boolean }]],
  rehype: [
    // No macros or links of a model's own; a formula that is wrong is shown as its text.
    [
      rehypeKatex,
      { throwOnError: false, trust: false, maxExpand: 200, maxSize: 20, strict: "ignore", errorColor: "inherit" },
    ] as [typeof rehypeKatex, object],
  ],
};
