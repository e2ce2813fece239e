import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, Ban, Pencil, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ShownKey } from "../../api/schema.d.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { ConnectCards } from "../connect/connect-cards.tsx";
import { LatestRequests } from "../keys/latest-requests.tsx";
import { AccountMeters } from "../terms/account-meters.tsx";
import { KeyDialog } from "./key-dialog.tsx";
import { KeyFacts } from "./key-facts.tsx";
import { KeyStatusBadge } from "./key-status.tsx";
import { LastRefusal } from "./last-refusal.tsx";
import { MadeKeyDialog, type MadeKey } from "./made-key-dialog.tsx";
import { useKey } from "./queries.ts";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { RotateDialog } from "./rotate-dialog.tsx";

const route = getRouteApi("/console/keys/$id");

/** All of one key. */
export function KeyPage() {
  const { t } = useTranslation("keys");
  const { id } = route.useParams();
  const key = useKey(id);
  return (
    <Page
      title={key.data?.name ?? t("key")}
      description={
        <Link to="/console/keys" className="inline-flex items-center gap-1.5 hover:text-text">
          <ArrowLeft size={15} aria-hidden className="rtl:rotate-180" /> {t("title")}
        </Link>
      }
      actions={key.data && <KeyActions shown={key.data} />}
    >
      {key.error && <ErrorNote error={key.error} onRetry={() => void key.refetch()} />}
      {key.isPending && <Skeleton lines={4} className="h-28" />}
      {key.data && <KeyCards shown={key.data} />}
    </Page>
  );
}

function KeyCards({ shown }: { shown: ShownKey }) {
  const { t } = useTranslation("keys");
  const isGood = shown.status === "active";
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-4">
        {shown.last_refusal && <LastRefusal refusal={shown.last_refusal} />}
        <Card title={t("detail.spending")} description={t("detail.spendingText")}>
          <AccountMeters accounts={shown.accounts} />
        </Card>
        <Card title={t("detail.latest")} isFlush>
          <LatestRequests filter={{ key: shown.id }} />
        </Card>
      </div>
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-4">
        <Card title={t("detail.facts")} actions={<KeyStatusBadge of={shown} />}>
          <KeyFacts shown={shown} />
        </Card>
      </div>
      {isGood && shown.role !== "metrics" && (
        <Card
          title={t("detail.connect")}
          description={t("detail.connectText", { prefix: shown.prefix })}
          className="lg:col-span-2"
        >
          <ConnectCards models={shown.models} />
        </Card>
      )}
    </div>
  );
}

function KeyActions({ shown }: { shown: ShownKey }) {
  const { t } = useTranslation("keys");
  const [open, setOpen] = useState<"edit" | "rotate" | "revoke">();
  const [made, setMade] = useState<MadeKey>();
  const close = () => setOpen(undefined);
  const isRevoked = shown.status === "revoked";
  return (
    <>
      <Button icon={<Pencil size={15} aria-hidden />} disabled={isRevoked} onClick={() => setOpen("edit")}>
        {t("edit")}
      </Button>
      <Button
        icon={<RefreshCw size={15} aria-hidden />}
        disabled={shown.status !== "active"}
        onClick={() => setOpen("rotate")}
      >
        {t("rotate.action")}
      </Button>
      <Button icon={<Ban size={15} aria-hidden />} disabled={isRevoked} onClick={() => setOpen("revoke")}>
        {t("revoke.action")}
      </Button>
      {open === "edit" && <KeyDialog edited={shown} onClose={close} />}
      {open === "rotate" && (
        <RotateDialog
          rotated={shown}
          onClose={close}
          onMade={({ key }) =>
            setMade({
              name: shown.name,
              key,
              warnings: [],
              models: shown.models,
              isForModels: shown.role !== "metrics",
            })
          }
        />
      )}
      {open === "revoke" && <RevokeDialog revoked={shown} onClose={close} />}
      {made && <MadeKeyDialog made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}
