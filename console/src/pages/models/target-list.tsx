import { useTranslation } from "react-i18next";
import type { Model, TargetHealth } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge } from "../../ui/badge.tsx";
import { Time } from "../../ui/time.tsx";

/** Where a model's requests go, the first first, with how it is there now. */
export function TargetList({ model: { targets, local } }: { model: Model }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const all = [
    ...(local ? [{ id: "local", provider: t("kind.local"), model: "", ...local }] : []),
    ...targets.map((target, at) => ({ id: `${at}`, ...target })),
  ].toSorted((a, b) => a.priority - b.priority);
  if (all.length === 0) return <p className="text-sm text-muted">{t("route.none")}</p>;
  return (
    <ol className="divide-y divide-border rounded-card border border-border">
      {all.map(({ id, provider, model, priority, weight, health }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-[0.8125rem]">
          <div className="min-w-0 flex-1 basis-48">
            <span className="font-medium">{provider}</span> <span className="ltr break-all text-muted">{model}</span>
            <p className="text-xs text-muted">
              {t("route.place", { priority: format.number(priority), weight: format.number(weight) })}
            </p>
          </div>
          <Live health={health} />
        </li>
      ))}
    </ol>
  );
}

function Live({ health }: { health: TargetHealth }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const { resting, resting_until: until, last_failure: code, last_failure_at: at, failures, in_flight: open } = health;
  return (
    <div className="flex flex-wrap items-center justify-end gap-2">
      {open > 0 && <Badge tone="info">{t("live.open", { count: open, number: format.number(open) })}</Badge>}
      {failures > 0 && at !== null && (
        <span className="text-xs text-muted">
          <code className="ltr">{code}</code> · <Time iso={at} isAgo />
        </span>
      )}
      {resting ? (
        <span title={until === null ? undefined : format.fullTime(until)}>
          <Badge tone="warn">
            {until === null ? t("live.resting") : t("live.restingUntil", { time: format.time(until) })}
          </Badge>
        </span>
      ) : (
        <Badge tone={failures > 0 ? "warn" : "good"}>{t(failures > 0 ? "live.failed" : "live.well")}</Badge>
      )}
    </div>
  );
}
