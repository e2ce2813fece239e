import { lazy, memo, Suspense, useDeferredValue, useMemo } from "react";
import ReactMarkdown, { type Components, type ExtraProps, type Options } from "react-markdown";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import { CodeFence } from "./code-fence.tsx";
import { normalizeMath } from "./normalize-math.ts";
import { safeUrl } from "./safe-url.ts";
import { splitBlocks } from "./split-blocks.ts";
import { useHighlight } from "./use-highlight.ts";
import { withDirections } from "./with-directions.ts";
import "./markdown.css";

/**
 * A model's text as it meant it: headings, lists, tables, code, math. HTML in it is text, links lead to the web and mail alone, and nothing
 * is loaded from elsewhere.
 */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  // Typing and scrolling come before what is written meanwhile, and before the rest of a long text.
  const shown = useDeferredValue(text, text.slice(0, shownAtOnceChars));
  const pieces = useMemo(() => splitBlocks(shown), [shown]);
  return (
    <div className="markdown">
      {pieces.map((piece, at) => (
        <Piece key={at} text={piece} />
      ))}
    </div>
  );
});

/** Drawing so much takes some tens of milliseconds. */
const shownAtOnceChars = 8_000;

const Piece = memo(function Piece({ text }: { text: string }) {
  const highlight = useHighlight(text);
  return (
    <ReactMarkdown
      remarkPlugins={remark}
      rehypePlugins={[...highlight, withDirections]}
      components={components}
      urlTransform={safeUrl}
    >
      {normalizeMath(text)}
    </ReactMarkdown>
  );
});

// `normalizeMath` writes all formulas with two dollars.
const remark: NonNullable<Options["remarkPlugins"]> = [remarkGfm, [remarkMath, { singleDollarTextMath: false }]];
const Formula = lazy(() => import("./formula.tsx"));

const components: Components = {
  pre: (given) => {
    const tex = formulaIn(given.node);
    return tex === undefined ? <CodeFence>{given.children}</CodeFence> : drawn(tex, true);
  },
  code: (given) => {
    const { node: _, className, ...props } = given;
    const isFormula = className?.includes("math-inline") === true && typeof given.children === "string";
    return isFormula ? drawn(given.children as string, false) : <code className={className} {...props} />;
  },
  // A link that leads nowhere safe is its words.
  a: ({ href, children }) =>
    href === undefined || href === "" ? (
      <span>{children}</span>
    ) : (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
        {children}
      </a>
    ),
  // To load it would tell another server who reads this.
  img: ({ src, alt }) => {
    const address = typeof src === "string" ? src : "";
    const name = alt === undefined || alt === "" ? address : alt;
    return address === "" ? (
      <span>{name}</span>
    ) : (
      <a href={address} target="_blank" rel="noopener noreferrer nofollow" title={address}>
        🖼 {name}
      </a>
    );
  },
  table: (given) => {
    const { node: _, ...props } = given;
    return (
      // Reachable by Tab, since it may scroll.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      <div className="markdown-table" tabIndex={0} role="group">
        <table {...props} />
      </div>
    );
  },
};

/** The TeX of a block that is a formula. */
function formulaIn(node: ExtraProps["node"]): string | undefined {
  const code = node?.children[0];
  if (code?.type !== "element" || !String(code.properties["className"]).includes("math-display")) return undefined;
  return code.children.map((child) => (child.type === "text" ? child.value : "")).join("");
}

function drawn(tex: string, isDisplay: boolean) {
  return (
    <Suspense fallback={<code>{tex}</code>}>
      <Formula tex={tex} isDisplay={isDisplay} />
    </Suspense>
  );
}
