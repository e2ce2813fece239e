import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RequestStory } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { OutcomeBadge } from "../../ui/outcome-badge.tsx";
import { useOutcomeText } from "../../ui/use-outcome-text.ts";
import { phasesOf, type Phase } from "./phases.ts";

const colors: Record<Phase["name"], string> = {
  before: "bg-chart-7/45",
  waiting: "bg-chart-6",
  answering: "bg-chart-1",
  failed: "bg-bad",
};

/** Each attempt as a bar on the request's own time, with what came of it. */
export function Waterfall({ story }: { story: RequestStory }) {
  const { t } = useTranslation("requests");
  const format = useFormat();
  const tell = useOutcomeText();
  const { attempt_list: attempts, latency_ms: wholeMs } = story;
  if (attempts.length === 0) return <p className="text-sm text-muted">{t("story.noAttempt")}</p>;
  const seen = new Set(attempts.flatMap((attempt) => phasesOf(attempt, wholeMs).map(({ name }) => name)));
  // In the order of an attempt, whatever came first.
  const shown = (Object.keys(colors) as Phase["name"][]).filter((name) => seen.has(name));
  return (
    <div className="grid gap-4">
      <ol className="grid gap-4">
        {attempts.map((attempt, place) => {
          const phases = phasesOf(attempt, wholeMs);
          const why = attempt.outcome === "ok" ? undefined : tell(attempt.outcome);
          const vendor = [attempt.vendor_status, attempt.vendor_code].filter((part) => part !== null).join(" ");
          return (
            <li key={place} className="grid gap-1.5">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
                <span className="text-muted tabular-nums">{place + 1}.</span>
                <bdi className="font-medium">{attempt.provider}</bdi>
                <bdi className="min-w-0 truncate text-muted">{attempt.model}</bdi>
                <OutcomeBadge status={attempt.vendor_status ?? story.status} outcome={attempt.outcome} />
                <span className="ms-auto text-xs text-muted tabular-nums">
                  {t("story.began", { after: format.duration(attempt.started_ms) })}
                  {" · "}
                  {format.duration(attempt.duration_ms)}
                </span>
              </div>
              <div
                role="img"
                aria-label={phases
                  .map(({ name, durationMs }) => `${t(`phase.${name}`)}: ${format.duration(durationMs)}`)
                  .join(", ")}
                className="relative h-5 overflow-hidden rounded-[5px] bg-sunken"
              >
                {phases.map(({ name, start, width }) => (
                  <span
                    key={name}
                    className={`absolute inset-y-0 min-w-[3px] ${colors[name]}`}
                    style={{ insetInlineStart: `${start * 100}%`, width: `${width * 100}%` }}
                  />
                ))}
              </div>
              {why !== undefined && (
                <p className="text-[0.8125rem]">
                  {t("story.because", { why })}{" "}
                  {attempt.outcome.startsWith("upstream_") && (
                    <Link to="/console/providers" className="font-medium text-accent-text underline underline-offset-4">
                      {t("story.testProvider")}
                    </Link>
                  )}
                </p>
              )}
              {vendor !== "" && (
                <p className="text-xs text-muted">
                  {t("story.vendorSaid")} <code className="ltr font-mono">{vendor}</code>
                </p>
              )}
              {attempt.vendor_request_id !== null && (
                <p className="flex min-w-0 gap-1 text-xs text-muted">
                  <span className="shrink-0">{t("story.vendorId")}</span>
                  <code className="ltr truncate font-mono">{attempt.vendor_request_id}</code>
                </p>
              )}
            </li>
          );
        })}
      </ol>
      <div className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {shown.map((name) => (
          <span key={name} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={`size-2.5 rounded-[3px] ${colors[name]}`} />
            {t(`phase.${name}`)}
          </span>
        ))}
      </div>
    </div>
  );
}
