import { Brain, ChevronRight } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Markdown } from "./markdown.tsx";

/** What a model thought before it answered; folded, since few want to read it. */
export const Reasoning = memo(function Reasoning({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  const { t } = useTranslation("chat");
  return (
    <details className="group mb-3 rounded-control border border-border">
      <summary className="flex cursor-pointer list-none items-center gap-2 px-3 py-2 text-[0.8125rem] text-muted select-none hover:text-text [&::-webkit-details-marker]:hidden">
        <Brain size={15} aria-hidden className={isGrowing ? "animate-wait" : ""} />
        <span className="flex-1">{isGrowing ? t("reasoning.growing") : t("reasoning.title")}</span>
        <ChevronRight
          size={15}
          aria-hidden
          className="transition-transform duration-150 group-open:rotate-90 rtl:-scale-x-100"
        />
      </summary>
      <div className="max-h-96 overflow-y-auto border-t border-border px-3.5 py-3 text-muted">
        <Markdown text={text} />
      </div>
    </details>
  );
});
