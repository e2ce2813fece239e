import katex from "katex";
import "katex/dist/katex.min.css";
import { useLayoutEffect, useRef } from "react";

/** A formula in TeX, drawn. One that is wrong is shown as its text. Loaded with the first formula. */
export default function Formula({ tex, isDisplay }: { tex: string; isDisplay: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (!place.current) return;
    // Builds elements, and no HTML: styles in HTML are against the policy. No links or macros of a model's own.
    katex.render(tex, place.current, {
      displayMode: isDisplay,
      throwOnError: false,
      trust: false,
      maxExpand: 200,
      maxSize: 20,
      strict: "ignore",
      errorColor: "inherit",
    });
  }, [tex, isDisplay]);
  return <span ref={place} dir="ltr" className={isDisplay ? "markdown-formula" : undefined} />;
}
