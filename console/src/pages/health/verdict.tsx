import { CircleAlert, CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Health } from "../../api/schema.d.ts";

const signs = {
  ok: { Icon: CircleCheck, className: "border-good/30 bg-good-soft text-good" },
  warning: { Icon: CircleAlert, className: "border-warn/30 bg-warn-soft text-warn" },
  problem: { Icon: CircleX, className: "border-bad/30 bg-bad-soft text-bad" },
} as const;

/** The whole in one line. */
export function Verdict({ health: { status, checks } }: { health: Health }) {
  const { t } = useTranslation("health");
  const { Icon, className } = signs[status];
  const count = checks.filter((one) => one.status === status).length;
  return (
    <div role="status" className={`flex items-center gap-3 rounded-card border px-4 py-3 ${className}`}>
      <Icon size={20} aria-hidden className="shrink-0" />
      <p className="font-medium">{status === "ok" ? t("verdict.ok") : t(`verdict.${status}`, { count })}</p>
    </div>
  );
}
