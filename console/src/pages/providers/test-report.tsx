import { CircleAlert, CircleCheck, CircleMinus, CircleX } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ProviderReport } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";

type Status = ProviderReport["keys"][number]["steps"][number]["status"];

const signs: Record<Status, { Icon: typeof CircleCheck; className: string }> = {
  ok: { Icon: CircleCheck, className: "text-good" },
  warning: { Icon: CircleAlert, className: "text-warn" },
  failed: { Icon: CircleX, className: "text-bad" },
  skipped: { Icon: CircleMinus, className: "text-muted" },
};

/** What a test has found, step by step; the server's words are English. */
export function TestReport({ report }: { report: ProviderReport }) {
  const { t } = useTranslation("providers");
  const format = useFormat();
  const own = useRef<HTMLDivElement>(null);
  // Below a form it would be out of sight.
  useEffect(() => {
    // In braces: newer browsers return a promise, which React would take for the effect's end.
    own.current?.scrollIntoView({ block: "nearest" });
  }, [report]);
  return (
    <div ref={own} role="status" className="grid gap-4">
      {report.keys.map((key) => (
        <section key={key.key ?? 0} className="min-w-0 rounded-card border border-border bg-sunken/50 px-4 py-3">
          <h3 className="mb-2 text-[0.8125rem] font-medium">
            {t(`report.${key.status}`)}
            {key.key !== null && <span className="text-muted"> · {t("report.key", { number: key.key })}</span>}
          </h3>
          <ul className="grid gap-2">
            {key.steps.map(({ step, status, detail, ms }) => {
              const { Icon, className } = signs[status];
              return (
                <li key={step} className="flex items-start gap-2.5 text-[0.8125rem]">
                  <Icon size={16} aria-label={t(`status.${status}`)} className={`mt-0.5 shrink-0 ${className}`} />
                  <div className="min-w-0 flex-1">
                    <span className="font-medium">{t(`step.${step}`)}</span>
                    <p dir="ltr" lang="en" className="break-words text-muted rtl:text-right">
                      {detail}
                    </p>
                  </div>
                  {ms !== null && (
                    <span className="ltr shrink-0 text-xs text-muted tabular-nums">{format.duration(ms)}</span>
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}
