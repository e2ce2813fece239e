import { useTranslation } from "react-i18next";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { BackupCard } from "./backup-card.tsx";
import { ChatCard } from "./chat-card.tsx";
import { ConfigCard } from "./config-card.tsx";
import { KeptCard } from "./kept-card.tsx";
import { ServerCard } from "./server-card.tsx";
import { SessionsCard } from "./sessions-card.tsx";
import { useSettings } from "./queries.ts";

/** How the server is set up: what is kept, the configuration as a file, backup, sessions. */
export function SettingsPage() {
  const { t } = useTranslation("settings");
  const settings = useSettings();
  return (
    <Page title={t("title")} description={t("text")}>
      {settings.error && <ErrorNote error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.isPending && <Skeleton lines={4} className="h-28" />}
      {settings.data && (
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <KeptCard settings={settings.data} />
          <ServerCard settings={settings.data} />
          <ChatCard settings={settings.data} />
          <BackupCard
            folder={settings.data.server.data_folder}
            isShared={!settings.data.server.database.startsWith("/")}
          />
          <SessionsCard />
          <ConfigCard />
        </div>
      )}
    </Page>
  );
}
