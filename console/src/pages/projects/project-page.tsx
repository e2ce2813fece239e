import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, KeyRound, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client.ts";
import type { Project } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { toast } from "../../ui/toast.tsx";
import { LatestRequests } from "../keys/latest-requests.tsx";
import { useRefresh } from "../keys/queries.ts";
import { AccountMeters } from "../terms/account-meters.tsx";
import { ProjectDialog } from "./project-dialog.tsx";
import { useProject } from "./queries.ts";
import { Spending } from "./spending.tsx";

const route = getRouteApi("/console/projects/$name");

/** All of one project. */
export function ProjectPage() {
  const { t } = useTranslation("projects");
  const { name } = route.useParams();
  const project = useProject(name);
  return (
    <Page
      title={name}
      description={
        <Link to="/console/projects" className="inline-flex items-center gap-1.5 hover:text-text">
          <ArrowLeft size={15} aria-hidden className="rtl:rotate-180" /> {t("title")}
        </Link>
      }
      actions={project.data && project.data.managed_by !== "file" && <ProjectActions project={project.data} />}
    >
      {project.error && <ErrorNote error={project.error} onRetry={() => void project.refetch()} />}
      {project.isPending && <Skeleton lines={4} className="h-28" />}
      {project.data?.managed_by === "file" && <p className="mb-4 text-[0.8125rem] text-muted">{t("byFile")}</p>}
      {project.data && (
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
          <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-4">
            <Card title={t("detail.budgets")} description={t("detail.budgetsText")}>
              <AccountMeters accounts={project.data.accounts} />
            </Card>
            <Card title={t("detail.latest")} isFlush>
              <LatestRequests filter={{ project: name }} />
            </Card>
          </div>
          <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-4">
            <ProjectFacts project={project.data} />
            <Card title={t("detail.spending")} description={t("detail.spendingText")}>
              <Spending project={name} />
            </Card>
          </div>
        </div>
      )}
    </Page>
  );
}

function ProjectFacts({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const format = useFormat();
  const { name, models, currency, time_zone: zone, organisation, keys, managed_by: by } = project;
  return (
    <Card title={t("detail.facts")} actions={by !== null && <Badge>{t(`managedBy.${by}`)}</Badge>}>
      <dl className="grid gap-3.5 text-sm">
        <div>
          <dt className="text-xs text-muted">{t("column.models")}</dt>
          <dd className="mt-0.5 flex flex-wrap gap-1.5">
            {models === null
              ? t("allModels")
              : models.map((model) => (
                  <Badge key={model}>
                    <span className="ltr font-mono">{model}</span>
                  </Badge>
                ))}
          </dd>
        </div>
        {organisation !== null && (
          <div>
            <dt className="text-xs text-muted">{t("fact.organisation")}</dt>
            <dd>{organisation}</dd>
          </div>
        )}
        <div>
          <dt className="text-xs text-muted">{t("fact.calendar")}</dt>
          <dd className="ltr w-fit">
            {currency} · {zone}
          </dd>
        </div>
        <div>
          <dt className="text-xs text-muted">{t("column.keys")}</dt>
          <dd className="mt-1">
            <Link to="/console/keys" search={{ project: name }} className={buttonClass({ size: "small" })}>
              <KeyRound size={14} aria-hidden />
              {t("showKeys", { count: keys, shown: format.number(keys) })}
            </Link>
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function ProjectActions({ project }: { project: Project }) {
  const { t } = useTranslation("projects");
  const navigate = route.useNavigate();
  const refresh = useRefresh();
  const [open, setOpen] = useState<"edit" | "delete">();
  const { name } = project;
  return (
    <>
      <Button icon={<Pencil size={15} aria-hidden />} onClick={() => setOpen("edit")}>
        {t("edit")}
      </Button>
      {name !== "default" && (
        <Button icon={<Trash2 size={15} aria-hidden />} onClick={() => setOpen("delete")}>
          {t("delete.action")}
        </Button>
      )}
      {open === "edit" && <ProjectDialog edited={project} onClose={() => setOpen(undefined)} />}
      <AlertDialog
        isOpen={open === "delete"}
        onOpenChange={(isOpen) => setOpen(isOpen ? "delete" : undefined)}
        title={t("delete.title", { name })}
        confirmText={t("delete.action")}
        onConfirm={async () => {
          await take(api.DELETE("/admin/v1/projects/{name}", { params: { path: { name } } }));
          await navigate({ to: "/console/projects" });
          refresh();
          toast(t("delete.done", { name }));
        }}
      >
        {t("delete.text")}
      </AlertDialog>
    </>
  );
}
