import { cx } from "./cx.ts";
import { CopyButton } from "./copy-button.tsx";

/** Lines to copy. Left to right in every language. */
export function CodeBlock({ code, label, isWrapped = false }: { code: string; label: string; isWrapped?: boolean }) {
  return (
    <div dir="ltr" className="relative min-w-0 rounded-control border border-border bg-sunken">
      <pre
        // Reachable by Tab, since it may scroll.
        tabIndex={0}
        aria-label={label}
        className={cx(
          "overflow-x-auto py-3 ps-4 pe-12 font-mono text-[0.8125rem] leading-relaxed",
          isWrapped && "wrap-anywhere whitespace-pre-wrap",
        )}
      >
        <code>{code}</code>
      </pre>
      <div className="absolute end-2 top-2 rounded-control bg-sunken">
        <CopyButton text={code} />
      </div>
    </div>
  );
}
