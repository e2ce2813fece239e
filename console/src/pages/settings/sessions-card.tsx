import { MonitorX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { signOut } from "../../api/session.ts";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import { browserOf } from "./browser-of.ts";
import { endSession, useSessions, type ListedSession } from "./queries.ts";

/** So many are shown; who has more wants to end them all. */
const shownMax = 20;

/** Who is signed in, and from where; ends one session, or all of one's own key. */
export function SessionsCard() {
  const { t } = useTranslation("settings");
  const sessions = useSessions();
  const [ending, setEnding] = useState<ListedSession | "all">();
  const list = sessions.data ?? [];
  return (
    <Card
      title={t("sessions.title")}
      description={t("sessions.text")}
      className="lg:col-span-2"
      actions={
        <Button icon={<MonitorX size={16} aria-hidden />} onClick={() => setEnding("all")}>
          {t("sessions.endAll")}
        </Button>
      }
    >
      {sessions.error && <ErrorNote error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.isPending && <Skeleton lines={2} className="h-10" />}
      <ul aria-label={t("sessions.title")} className="divide-y divide-border">
        {list.slice(0, shownMax).map((session) => (
          <SessionLine key={session.id} session={session} onEnd={() => setEnding(session)} />
        ))}
      </ul>
      {list.length > shownMax && (
        <p className="pt-3 text-xs text-muted">{t("sessions.more", { count: list.length - shownMax })}</p>
      )}
      <AlertDialog
        isOpen={ending !== undefined}
        onOpenChange={(isOpen) => !isOpen && setEnding(undefined)}
        title={ending === "all" ? t("sessions.endAll") : t("sessions.endTitle")}
        confirmText={ending === "all" ? t("sessions.endAll") : t("sessions.end")}
        onConfirm={async () => {
          if (ending === "all") await signOut({ everywhere: true });
          else if (ending?.is_current === true) await signOut({ everywhere: false });
          else if (ending) await endSession(ending.id);
        }}
      >
        {ending === "all"
          ? t("sessions.ask")
          : ending && t("sessions.askOne", { name: ending.actor.name, address: ending.address })}
      </AlertDialog>
    </Card>
  );
}

function SessionLine({ session, onEnd }: { session: ListedSession; onEnd: () => void }) {
  const { t } = useTranslation("settings");
  const { actor, address, user_agent: userAgent } = session;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-[0.8125rem]">
      <div className="grid min-w-0 gap-0.5">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
          <bdi className="font-medium break-all">{actor.name}</bdi>
          {session.is_current && <Badge tone="accent">{t("sessions.current")}</Badge>}
          <span className="text-muted" title={userAgent}>
            <bdi>{browserOf(userAgent) ?? t("sessions.program")}</bdi>
          </span>
        </p>
        <p className="flex flex-wrap gap-x-2 text-xs text-muted">
          <span>
            {t("sessions.from")} <bdi className="font-mono break-all">{address}</bdi>
          </span>
          <span>
            · {t("sessions.since")} <Time iso={session.created_at} />
          </span>
          <span>
            · {t("sessions.used")} <Time iso={session.last_used_at} isAgo />
          </span>
        </p>
      </div>
      <Button size="small" aria-label={t("sessions.endOf", { name: actor.name, address })} onClick={onEnd}>
        {t("sessions.end")}
      </Button>
    </li>
  );
}
