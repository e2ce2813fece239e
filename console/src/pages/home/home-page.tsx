import { useState } from "react";
import { useTranslation } from "react-i18next";
import { readSetting, writeSetting } from "../../app/settings-kept.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { BaseUrl } from "./base-url.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { Overview } from "./overview.tsx";
import { useKeys, useLatestRequests, useStatus } from "./queries.ts";

/** An empty cloud explains itself by four steps; one in use is seen at a glance. */
export function HomePage() {
  const { t } = useTranslation("home");
  const status = useStatus();
  const keys = useKeys();
  const requests = useLatestRequests();
  const [isHidden, setHidden] = useState(readSetting("first-steps") === "hidden");
  const hide = () => {
    setHidden(true);
    writeSetting("first-steps", "hidden");
  };
  const error = status.error ?? keys.error ?? requests.error;
  const retry = () => void Promise.all([status.refetch(), keys.refetch(), requests.refetch()]);
  const isLoaded = status.data && keys.data && requests.data;
  return (
    <Page title={t("title")} description={t("text")} actions={<BaseUrl />}>
      <div className="grid gap-6">
        {error && <ErrorNote error={error} onRetry={retry} />}
        {!isLoaded && !error && <Skeleton lines={3} className="h-28" />}
        {isLoaded && (
          <>
            {!isHidden && <FirstSteps status={status.data} keys={keys.data} requests={requests.data} onHide={hide} />}
            <Overview status={status.data} requests={requests.data} />
          </>
        )}
      </div>
    </Page>
  );
}
