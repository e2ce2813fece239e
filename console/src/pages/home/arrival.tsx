import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { UsageRecord } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Spinner } from "../../ui/spinner.tsx";

/** Waits for the first request by a key; then says what it was and what it has cost. */
export function Arrival({ record }: { record: UsageRecord | undefined }) {
  const { t } = useTranslation("home");
  const format = useFormat();
  if (!record)
    return (
      <p role="status" className="flex items-center gap-2.5 text-sm text-muted">
        <Spinner /> {t("arrival.waiting")}
      </p>
    );
  const tokens = format.count(record.tokens.input + record.tokens.output);
  return (
    <p role="status" className="flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-1 text-sm">
      <CircleCheck size={17} aria-hidden className="shrink-0 text-good" />
      <span>
        {t("arrival.seen", {
          model: record.model,
          tokens,
          duration: format.duration(record.latency_ms),
          cost: format.money(record.cost, record.currency),
        })}
      </span>
      <Link to="/console/requests" className="font-medium text-accent-text underline underline-offset-4">
        {t("arrival.all")}
      </Link>
    </p>
  );
}
