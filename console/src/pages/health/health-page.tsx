import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Health } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Stat } from "../../ui/stat.tsx";
import { Time } from "../../ui/time.tsx";
import { CheckList } from "./check-list.tsx";
import { useHealth } from "./queries.ts";
import { Verdict } from "./verdict.tsx";

/** What `sahab doctor` says, from within the server: what is wrong first. */
export function HealthPage() {
  const { t } = useTranslation("health");
  const health = useHealth();
  return (
    <Page
      title={t("title")}
      description={t("text")}
      actions={
        <Button
          icon={<RefreshCw size={15} aria-hidden />}
          isBusy={health.isFetching}
          onClick={() => void health.refetch()}
        >
          {t("again")}
        </Button>
      }
    >
      <div className="grid gap-5">
        {health.error && <ErrorNote error={health.error} onRetry={() => void health.refetch()} />}
        {health.isPending && <Skeleton lines={5} className="h-16" />}
        {health.data && <Report health={health.data} />}
      </div>
    </Page>
  );
}

function Report({ health }: { health: Health }) {
  const { t } = useTranslation("health");
  const format = useFormat();
  const { disk, memory, journal, store } = health;
  const troubles = health.checks.filter(({ status }) => status !== "ok");
  const others = health.checks.filter(({ status }) => status === "ok");
  const of = (part: number, whole: number) => t("of", { part: format.bytes(part), whole: format.bytes(whole) });
  return (
    <>
      <Verdict health={health} />
      <dl className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">
        <Stat
          label={t("disk")}
          value={disk ? format.bytes(disk.free_bytes) : "–"}
          hint={disk ? t("freeOf", { whole: format.bytes(disk.size_bytes) }) : undefined}
        />
        <Stat
          label={t("memory")}
          value={format.bytes(memory.process_bytes)}
          hint={t("machine", { text: of(memory.machine_bytes - memory.free_bytes, memory.machine_bytes) })}
        />
        <Stat
          label={t("lag")}
          value={format.duration(journal.lag_seconds * 1000)}
          hint={t("lagBytes", { size: format.bytes(journal.lag_bytes) })}
        />
        <Stat
          label={t("store")}
          value={store.kind === "sqlite" ? "SQLite" : "PostgreSQL"}
          hint={t("answers", { time: format.duration(store.answer_ms) })}
        />
      </dl>
      {troubles.length > 0 && (
        <Card title={t("troubles")} isFlush>
          <CheckList checks={troubles} />
        </Card>
      )}
      <Card title={t("well")} isFlush>
        <CheckList checks={others} />
      </Card>
      <p className="text-xs text-muted">
        <span className="ltr">
          Sahab {health.version}
          {health.commit !== null && ` (${health.commit.slice(0, 10)})`} · {health.runtime} · {health.platform}
        </span>{" "}
        · {t("checked")} <Time iso={health.checked_at} />
      </p>
    </>
  );
}
