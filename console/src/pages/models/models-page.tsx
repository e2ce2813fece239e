import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CloudDownload, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { AliasList } from "./alias-list.tsx";
import { LocalModels } from "./local-models.tsx";
import { ModelDialog } from "./model-dialog.tsx";
import { ModelTable } from "./model-table.tsx";
import { PullDialog } from "./pull-dialog.tsx";
import { PullList } from "./pull-list.tsx";
import { useModels, usePulls } from "./queries.ts";
import { RouteDialog } from "./route-dialog.tsx";
import type { ModelsSearch } from "./search.ts";

const route = getRouteApi("/console/models");

/** Every name that programs may ask for, where its requests go, and the models of this machine. */
export function ModelsPage() {
  const { t } = useTranslation("models");
  const current = route.useSearch();
  const { tab = "all", q = "", model, add } = current;
  const navigate = useNavigate();
  const search = (fields: ModelsSearch) =>
    // Each letter of a search would be a step back.
    void navigate({ to: "/console/models", search: { ...current, ...fields }, replace: "q" in fields });
  const models = useModels();
  const pulls = usePulls();
  const [open, setOpen] = useState<"pull" | "route">();
  const pull = () => setOpen("pull");
  const shown = models.data?.find(({ name }) => name === model);
  return (
    <Page
      title={t("title")}
      description={t("text")}
      isWide
      actions={
        <>
          <Button icon={<CloudDownload size={16} aria-hidden />} onClick={pull}>
            {t("pull.action")}
          </Button>
          <Button tone="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen("route")}>
            {t("route.add")}
          </Button>
        </>
      }
    >
      <PullList pulls={pulls.data ?? []} />
      {models.error && <ErrorNote error={models.error} onRetry={() => void models.refetch()} />}
      {models.isPending && <Skeleton lines={6} className="h-11" />}
      {models.data && (
        <Tabs
          label={t("title")}
          value={tab}
          onChange={(next) => search({ tab: next === "all" ? undefined : next })}
          tabs={[
            {
              value: "all",
              text: t("tab.all"),
              content: (
                <ModelTable
                  models={models.data}
                  sought={q}
                  onSearch={(next) => search({ q: next === "" ? undefined : next })}
                  onOpen={(name) => search({ model: name })}
                  onPull={pull}
                />
              ),
            },
            {
              value: "local",
              text: t("tab.local"),
              content: <LocalModels models={models.data} onOpen={(name) => search({ model: name })} onPull={pull} />,
            },
            {
              value: "aliases",
              text: t("tab.aliases"),
              content: (
                <Card isFlush>
                  <AliasList models={models.data} />
                </Card>
              ),
            },
          ]}
        />
      )}
      {shown && <ModelDialog key={shown.name} model={shown} onClose={() => search({ model: undefined })} />}
      {open === "pull" && <PullDialog onClose={() => setOpen(undefined)} />}
      {(open === "route" || add !== undefined) && (
        <RouteDialog
          provider={add}
          onClose={() => {
            setOpen(undefined);
            if (add !== undefined) search({ add: undefined });
          }}
        />
      )}
    </Page>
  );
}
