import { isValidElement, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../../ui/copy-button.tsx";

/** A block of code with its language and a button that copies it. */
export function CodeFence({ children }: { children?: ReactNode }) {
  const { t } = useTranslation("chat");
  const className = isValidElement<{ className?: string }>(children) ? (children.props.className ?? "") : "";
  const language = /language-([\w+#.-]+)/.exec(className)?.[1];
  return (
    <div dir="ltr" className="my-3 overflow-hidden rounded-control border border-border bg-sunken">
      <div className="flex h-9 items-center justify-between gap-2 border-b border-border ps-3.5 pe-1 text-xs text-muted">
        <span className="truncate font-mono">{language ?? t("code.plain")}</span>
        <CopyButton text={textIn(children).replace(/\n$/, "")} label={t("code.copy")} />
      </div>
      {/* Reachable by Tab, since it may scroll. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre
        tabIndex={0}
        className="overflow-x-auto px-3.5 py-3 font-mono text-[0.8125rem] leading-relaxed -outline-offset-2"
      >
        {children}
      </pre>
    </div>
  );
}

function textIn(node: ReactNode): string {
  if (typeof node === "string") return node;
  if (Array.isArray(node)) return node.map(textIn).join("");
  return isValidElement<{ children?: ReactNode }>(node) ? textIn(node.props.children) : "";
}
