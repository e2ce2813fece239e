import { Link } from "@tanstack/react-router";
import { Activity, Blocks } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Status, UsageRecord } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Stat } from "../../ui/stat.tsx";
import { LatestTable } from "../requests/latest-table.tsx";

const tones: Record<Status["models"][number]["state"], Tone> = {
  ready: "good",
  loading: "info",
  asleep: "neutral",
  failed: "bad",
  resting: "warn",
  unpriced: "neutral",
};
const modelsShown = 8;

/** The day so far, the models with their state, the newest requests. */
export function Overview({ status, requests }: { status: Status; requests: readonly UsageRecord[] }) {
  const { t } = useTranslation("home");
  const format = useFormat();
  const costs = status.today.costs.map(({ cost, currency }) => format.money(cost, currency)).join(" + ");
  const ready = status.models.filter(({ state }) => state === "ready" || state === "asleep").length;
  return (
    <>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 sm:gap-4">
        <Stat label={t("today.requests")} value={format.number(status.today.requests)} hint={t("today.since")} />
        <Stat label={t("today.cost")} value={costs === "" ? "–" : costs} hint={t("today.since")} />
        <Stat
          className="max-sm:col-span-2"
          label={t("models.usable")}
          value={t("models.count", { ready: format.number(ready), all: format.number(status.models.length) })}
          hint={t("models.usableHint")}
        />
      </dl>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Card
          title={t("latest.title")}
          isFlush
          actions={
            <Link to="/console/requests" className="text-[0.8125rem] font-medium text-accent-text hover:underline">
              {t("latest.all")}
            </Link>
          }
        >
          {requests.length === 0 ? (
            <EmptyState icon={<Activity size={22} aria-hidden />} title={t("latest.none")}>
              {t("latest.noneText")}
            </EmptyState>
          ) : (
            <LatestTable label={t("latest.title")} requests={requests} hasKey />
          )}
        </Card>
        <Card
          title={t("models.title")}
          isFlush
          actions={
            <Link to="/console/models" className="text-[0.8125rem] font-medium text-accent-text hover:underline">
              {t("models.all")}
            </Link>
          }
        >
          {status.models.length === 0 ? (
            <EmptyState icon={<Blocks size={22} aria-hidden />} title={t("models.none")}>
              {t("models.noneText")}
            </EmptyState>
          ) : (
            <ul className="mt-2 divide-y divide-border border-t border-border">
              {status.models.slice(0, modelsShown).map(({ name, state, detail }) => (
                <li
                  key={name}
                  className="flex items-center justify-between gap-3 px-5 py-2.5"
                  title={detail ?? undefined}
                >
                  <span className="ltr truncate text-sm">{name}</span>
                  <Badge tone={tones[state]}>{t(`models.${state}`)}</Badge>
                </li>
              ))}
            </ul>
          )}
        </Card>
      </div>
    </>
  );
}
