import { getRouteApi } from "@tanstack/react-router";
import { FolderKanban, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { SearchInput } from "../../ui/search-input.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useProjects } from "../keys/queries.ts";
import { readProjectSearch } from "./project-search.ts";
import { ProjectDialog } from "./project-dialog.tsx";
import { ProjectsTable } from "./projects-table.tsx";

const route = getRouteApi("/console/projects");

export function ProjectsPage() {
  const { t } = useTranslation("projects");
  const format = useFormat();
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const projects = useProjects();
  const [isMaking, setMaking] = useState(false);
  const sought = q.trim().toLowerCase();
  const found = projects.data?.filter(({ name }) => name.toLowerCase().includes(sought));
  const open = (name: string) => void navigate({ to: "/console/projects/$name", params: { name } });
  return (
    <Page
      title={t("title")}
      description={t("text")}
      isWide
      actions={
        <Button tone="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t("newProject")}
        </Button>
      }
    >
      {projects.error && <ErrorNote error={projects.error} onRetry={() => void projects.refetch()} />}
      {projects.isPending && <Skeleton lines={4} className="h-14" />}
      {found && (
        <div className="grid gap-4">
          <div className="flex flex-wrap items-center gap-2">
            <SearchInput
              label={t("search")}
              value={q}
              onChange={(text) =>
                void navigate({ to: "/console/projects", search: readProjectSearch({ q: text }), replace: true })
              }
              className="w-full sm:w-72"
            />
            <p role="status" className="ms-auto text-[0.8125rem] text-muted tabular-nums">
              {t("count", { count: found.length, shown: format.number(found.length) })}
            </p>
          </div>
          <Card isFlush>
            {found.length === 0 ? (
              <EmptyState icon={<FolderKanban size={22} aria-hidden />} title={t("nothing.title")}>
                {t("nothing.text")}
              </EmptyState>
            ) : (
              <ProjectsTable projects={found} onOpen={open} />
            )}
          </Card>
        </div>
      )}
      {isMaking && <ProjectDialog onClose={() => setMaking(false)} onMade={open} />}
    </Page>
  );
}
