import { memo, useDeferredValue, type ComponentProps } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CodeFence } from "./code-fence.tsx";
import { normalizeMath } from "./normalize-math.ts";
import { safeUrl } from "./safe-url.ts";
import { useRichPlugins } from "./use-rich-plugins.ts";
import "./markdown.css";

/**
 * A model's text as it meant it: headings, lists, tables, code, math. HTML in it is text, links lead to the web and mail alone, and nothing
 * is loaded from elsewhere.
 */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  // Typing and scrolling come before what is written meanwhile.
  const shown = useDeferredValue(text);
  const { remark, rehype } = useRichPlugins(shown);
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[...base, ...remark]}
        rehypePlugins={rehype}
        components={components}
        urlTransform={safeUrl}
      >
        {normalizeMath(shown)}
      </ReactMarkdown>
    </div>
  );
});

const base: NonNullable<Options["remarkPlugins"]> = [remarkGfm];

/** Each block has the direction of its own words. */
const auto = <Tag extends "p" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "td" | "th">(
  Tag: Tag,
) =>
  function Block(given: ComponentProps<Tag> & { node?: unknown }) {
    const { node: _, ...props } = given;
    const Element = Tag as "p";
    return <Element dir="auto" {...(props as ComponentProps<"p">)} />;
  };

const components: Components = {
  p: auto("p"),
  li: auto("li"),
  h1: auto("h1"),
  h2: auto("h2"),
  h3: auto("h3"),
  h4: auto("h4"),
  h5: auto("h5"),
  h6: auto("h6"),
  td: auto("td"),
  th: auto("th"),
  blockquote: auto("blockquote"),
  pre: CodeFence,
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
