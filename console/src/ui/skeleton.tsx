import { useTranslation } from "react-i18next";
import { cx } from "./cx.ts";

/** Grey lines in the place of what loads; seen only after 150 ms. Give it the height of what will be there. */
export function Skeleton({ lines = 1, className = "h-4" }: { lines?: number; className?: string }) {
  const { t } = useTranslation("ui");
  return (
    <div role="status" className="grid animate-late gap-3">
      <span className="sr-only">{t("loading")}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={cx("animate-wait rounded-control bg-sunken", className)} />
      ))}
    </div>
  );
}
