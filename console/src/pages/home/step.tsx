import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/cx.ts";

export function Step({
  number,
  isDone,
  title,
  text,
  children,
}: {
  number: number;
  isDone: boolean;
  title: string;
  text: string;
  children: ReactNode;
}) {
  const { t } = useTranslation("home");
  return (
    <li className="flex gap-4 px-5 py-5 sm:px-6">
      <span
        className={cx(
          "flex size-7 shrink-0 items-center justify-center rounded-full text-[0.8125rem] font-semibold tabular-nums",
          isDone ? "bg-good-soft text-good" : "bg-sunken text-muted",
        )}
      >
        {isDone ? <Check size={15} strokeWidth={2.5} aria-label={t("steps.done")} /> : number}
      </span>
      <div className="grid min-w-0 flex-1 gap-3">
        <div>
          <h3 className="text-sm leading-7 font-semibold">{title}</h3>
          <p className="max-w-[65ch] text-sm text-muted">{text}</p>
        </div>
        <div className="grid min-w-0 justify-items-start gap-3">{children}</div>
      </div>
    </li>
  );
}
