import { Plug, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Page } from "../../ui/page.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { toast } from "../../ui/toast.tsx";
import { ProviderDialog } from "./provider-dialog.tsx";
import { ProviderTable } from "./provider-table.tsx";
import { TestDialog } from "./test-dialog.tsx";
import { useProviderChanges, useProviders, useVendors } from "./queries.ts";

type Open = { act: "add" } | { act: "edit" | "test" | "remove"; name: string } | undefined;

/** Where requests go beside this machine: vendors and servers, with their keys. */
export function ProvidersPage() {
  const { t } = useTranslation("providers");
  const providers = useProviders();
  const vendors = useVendors();
  const { remove } = useProviderChanges();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const name = open && "name" in open ? open.name : "";
  const add = (
    <Button tone="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen({ act: "add" })}>
      {t("add")}
    </Button>
  );
  return (
    <Page title={t("title")} description={t("text")} actions={add} isWide>
      {providers.error && <ErrorNote error={providers.error} onRetry={() => void providers.refetch()} />}
      {providers.isPending && <Skeleton lines={4} className="h-12" />}
      {providers.data && (
        <Card isFlush>
          {providers.data.length === 0 ? (
            <EmptyState icon={<Plug size={22} aria-hidden />} title={t("none")} action={add}>
              {t("noneText")}
            </EmptyState>
          ) : (
            <ProviderTable
              providers={providers.data}
              vendors={vendors.data ?? []}
              onAct={(act, of) => setOpen({ act, name: of })}
            />
          )}
        </Card>
      )}
      {(open?.act === "add" || open?.act === "edit") && (
        <ProviderDialog
          key={name}
          name={open.act === "edit" ? name : undefined}
          vendors={vendors.data ?? []}
          onClose={close}
        />
      )}
      {open?.act === "test" && <TestDialog key={name} name={name} onClose={close} />}
      <AlertDialog
        isOpen={open?.act === "remove"}
        onOpenChange={close}
        title={t("remove.title", { name })}
        confirmText={t("remove.action")}
        onConfirm={async () => {
          await remove.mutateAsync(name);
          toast(t("remove.done", { name }));
        }}
      >
        {t("remove.text")}
      </AlertDialog>
    </Page>
  );
}
