import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RequestStory } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Card } from "../../ui/card.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import { ContentPart } from "./content-part.tsx";
import { CostPart } from "./cost-part.tsx";
import { Facts } from "./facts.tsx";
import { OutcomeBadge } from "../../ui/outcome-badge.tsx";
import { useOutcomeText } from "../../ui/use-outcome-text.ts";
import { useStory } from "./queries.ts";
import { Waterfall } from "./waterfall.tsx";

/** The story of one request: who asked, what each attempt did, how the cost came about. */
export function StorySheet({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("requests");
  const { data, error, refetch } = useStory(id);
  return (
    <Sheet
      isOpen
      onClose={onClose}
      title={
        <h2 className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
          <span>{t("story.title")}</span>
          {data && <OutcomeBadge status={data.status} outcome={data.outcome} />}
          <span className="flex min-w-0 items-center gap-1 text-xs font-normal text-muted">
            <code className="ltr truncate font-mono">{data?.id ?? id}</code>
            <CopyButton text={data?.id ?? id} label={t("story.copyId")} />
          </span>
        </h2>
      }
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={5} className="h-20" />}
      {data && <Story story={data} />}
    </Sheet>
  );
}

function Story({ story }: { story: RequestStory }) {
  const { t } = useTranslation("requests");
  const format = useFormat();
  const tell = useOutcomeText();
  const why = story.outcome === "ok" ? undefined : tell(story.outcome);
  const tags = Object.entries(story.tags);
  return (
    <div className="grid gap-5">
      {!story.refusal && story.attempt_list.length === 0 && why !== undefined && (
        <ErrorNote error={new Error(t("story.because", { why }))} title={t("story.refused")} />
      )}
      {story.refusal && <ErrorNote error={new Error(story.refusal.message)} title={t("story.refused")} />}
      <Card title={t("story.attempts")} description={t("attempts", { count: story.attempts })}>
        <Waterfall story={story} />
      </Card>
      <Card title={t("story.facts")}>
        <Facts
          facts={[
            [t("column.time"), <Time key="time" iso={story.time} />],
            [t("column.model"), <bdi key="model">{story.model || t("none")}</bdi>],
            ...(story.asked_model === ""
              ? []
              : [[t("story.asked"), <bdi key="asked">{story.asked_model}</bdi>] as const]),
            [
              t("filter.key"),
              <Link
                key="key"
                to="/console/requests"
                search={{ key: story.key }}
                className="text-accent-text hover:underline"
              >
                <bdi>{story.key_name ?? story.key}</bdi>
              </Link>,
            ],
            [t("filter.project"), <bdi key="project">{story.project}</bdi>],
            ...(story.user === "" ? [] : [[t("filter.user"), <bdi key="user">{story.user}</bdi>] as const]),
            ...tags.map(([name, value]) => [`${t("filter.tag")} ${name}`, <bdi key={name}>{value}</bdi>] as const),
            [t("story.operation"), `${story.operation} · ${story.dialect}${story.stream ? ` · ${t("streamed")}` : ""}`],
            [t("column.latency"), format.duration(story.latency_ms)],
            ...(story.time_to_first_token_ms === null
              ? []
              : [[t("story.firstToken"), format.duration(story.time_to_first_token_ms)] as const]),
            ...speedOf(story, (value) => [
              [t("story.speed"), t("story.perSecond", { value: format.number(value) })] as const,
            ]),
          ]}
        />
      </Card>
      <CostPart story={story} />
      <ContentPart id={story.id} project={story.project} />
    </div>
  );
}

/** Tokens of output per second after the first one, where both are known. */
function speedOf<T>(story: RequestStory, tell: (perSecond: number) => T[]): T[] {
  const { time_to_first_token_ms: first, latency_ms: latencyMs, tokens } = story;
  if (first === null || latencyMs - first < 1 || tokens.output < 2) return [];
  const speed = ((tokens.output - 1) * 1_000) / (latencyMs - first);
  return tell(speed < 100 ? Math.round(speed * 10) / 10 : Math.round(speed));
}
