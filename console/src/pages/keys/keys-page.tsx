import { getRouteApi } from "@tanstack/react-router";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { SearchInput } from "../../ui/search-input.tsx";
import { Select } from "../../ui/select.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { findKeys, keyStatuses, readKeySearch, type KeySearch } from "./find-keys.ts";
import { KeyDialog } from "./key-dialog.tsx";
import { KeysTable } from "./keys-table.tsx";
import { MadeKeyDialog, type MadeKey } from "./made-key-dialog.tsx";
import { useKeys, useProjects } from "./queries.ts";

const route = getRouteApi("/console/keys");
const everyProject = "";

export function KeysPage() {
  const { t } = useTranslation("keys");
  const format = useFormat();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const keys = useKeys();
  const projects = useProjects();
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<MadeKey>();
  const filter = (changes: KeySearch) =>
    void navigate({ to: "/console/keys", search: readKeySearch({ ...search, ...changes }), replace: true });
  const found = keys.data && findKeys(keys.data, search);
  const currencyOf = (project: string) => projects.data?.find(({ name }) => name === project)?.currency ?? "USD";
  const isEmpty = keys.data?.length === 0;
  const make = (
    <Button tone="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      {t("newKey")}
    </Button>
  );
  return (
    <Page title={t("title")} description={t("text")} actions={isEmpty ? undefined : make} isWide>
      {keys.error && <ErrorNote error={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.isPending && <Skeleton lines={6} className="h-12" />}
      {isEmpty && (
        <Card>
          <EmptyState icon={<KeyRound size={22} aria-hidden />} title={t("empty.title")} action={make}>
            {t("empty.text")}
          </EmptyState>
        </Card>
      )}
      {found && !isEmpty && (
        <div className="grid gap-4">
          <div className="flex flex-wrap items-center gap-2">
            <SearchInput
              label={t("search")}
              value={search.q ?? ""}
              onChange={(q) => filter({ q })}
              className="w-full sm:w-72"
            />
            <Select
              label={t("column.project")}
              value={search.project ?? everyProject}
              onChange={(project) => filter({ project })}
              isSearchable={(projects.data?.length ?? 0) > 10}
              options={[
                { value: everyProject, text: t("everyProject") },
                ...(projects.data ?? []).map(({ name }) => ({ value: name, text: name })),
              ]}
              className="max-w-full sm:w-48"
            />
            <Select
              label={t("column.status")}
              value={search.status ?? "active"}
              onChange={(status) => filter({ status })}
              options={[...keyStatuses, "all" as const].map((status) => ({
                value: status,
                text: t(`status.${status}`),
              }))}
              className="sm:w-40"
            />
            <p role="status" className="ms-auto text-[0.8125rem] text-muted tabular-nums">
              {t("count", { count: found.length, shown: format.number(found.length) })}
            </p>
          </div>
          <Card isFlush>
            {found.length === 0 ? (
              <EmptyState
                title={t("nothing.title")}
                action={
                  <Button onClick={() => void navigate({ to: "/console/keys", search: { status: "all" } })}>
                    {t("nothing.all")}
                  </Button>
                }
              >
                {t("nothing.text")}
              </EmptyState>
            ) : (
              <KeysTable
                keys={found}
                currencyOf={currencyOf}
                onOpen={(id) => void navigate({ to: "/console/keys/$id", params: { id } })}
              />
            )}
          </Card>
        </div>
      )}
      {isMaking && (
        <KeyDialog
          project={search.project}
          onClose={() => setMaking(false)}
          onMade={({ name, key, warnings, role, models }) =>
            setMade({ name, key, warnings, models, isForModels: role !== "metrics" })
          }
        />
      )}
      {made && <MadeKeyDialog made={made} onClose={() => setMade(undefined)} />}
    </Page>
  );
}
