import { CircleSlash } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Refusal } from "../../api/schema.d.ts";
import { Time } from "../../ui/time.tsx";

/** What last stopped a request of a key, in the words that its program got. */
export function LastRefusal({ refusal }: { refusal: NonNullable<Refusal> }) {
  const { t } = useTranslation("keys");
  const isBudget = refusal.code === "budget_exceeded";
  return (
    <section className="flex min-w-0 items-start gap-3 rounded-card border border-warn/30 bg-warn-soft px-4 py-3.5 text-sm">
      <CircleSlash size={18} aria-hidden className="mt-px shrink-0 text-warn" />
      <div className="min-w-0 flex-1">
        <h2 className="font-medium">
          {t(isBudget ? "refusal.budget" : "refusal.limit")}{" "}
          <span className="font-normal text-muted">
            <Time iso={refusal.time} isAgo />
          </span>
        </h2>
        {/* The server writes English. */}
        <p dir="auto" className="mt-0.5 break-words">
          {refusal.message}
        </p>
        <p className="mt-1 text-xs text-muted">{t(isBudget ? "refusal.budgetWay" : "refusal.limitWay")}</p>
      </div>
    </section>
  );
}
