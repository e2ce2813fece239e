import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/api-error.ts";
import type { Provider, ProviderSettings, Vendor } from "../../api/schema.d.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { toast } from "../../ui/toast.tsx";
import { ProviderFields } from "./provider-fields.tsx";
import { emptyForm, formOf, toBody, type ProviderForm } from "./provider-form.ts";
import { useProviderChanges, useProviderSettings, useProviderTest } from "./queries.ts";
import { TestReport } from "./test-report.tsx";

/** Adds a provider, or changes the one of this name: paste a key, try it, save it. */
export function ProviderDialog({
  name,
  vendors,
  onClose,
}: {
  name: string | undefined;
  vendors: readonly Vendor[];
  onClose: () => void;
}) {
  const { t } = useTranslation("providers");
  const stored = useProviderSettings(name);
  if (name !== undefined && !stored.data)
    return (
      <Dialog isOpen onOpenChange={onClose} title={t("edit.title", { name })}>
        {stored.error ? <ErrorNote error={stored.error} /> : <Skeleton lines={4} className="h-9" />}
      </Dialog>
    );
  return <Form stored={stored.data} vendors={vendors} onClose={onClose} />;
}

function Form({
  stored,
  vendors,
  onClose,
}: {
  stored: ProviderSettings | undefined;
  vendors: readonly Vendor[];
  onClose: () => void;
}) {
  const { t } = useTranslation("providers");
  const [form, setForm] = useState<ProviderForm>(stored ? formOf(stored) : emptyForm);
  const client = useQueryClient();
  const { add, change } = useProviderChanges();
  const test = useProviderTest();
  const vendor = vendors.find(({ name }) => name === form.vendor);
  const error = add.error ?? change.error ?? test.error;
  const faults = faultsOf(error);
  const isComplete =
    vendor !== undefined &&
    (stored !== undefined || vendor.key !== "needed" || form.key.trim() !== "") &&
    (vendor.base_url !== null || form.baseUrl.trim() !== "");
  const save = async () => {
    const done = stored
      ? change.mutateAsync({ name: stored.name, body: toBody(form, "change") })
      : add.mutateAsync({ vendor: form.vendor, ...toBody(form, "add"), ...named(form) });
    const saved = await done.catch(() => undefined);
    if (!saved) return;
    const { name } = saved;
    // What the catalogue does not know of has no price, and needs a route that says one.
    const hasModels = client
      .getQueryData<Provider[]>(["providers"])
      ?.some((one) => one.name === name && one.offered > 0);
    toast(t(stored ? "edit.done" : hasModels === true ? "added" : "addedWithoutModels", { name }));
    onClose();
  };
  const isSaving = add.isPending || change.isPending;
  const draft = () => ({
    vendor: form.vendor,
    ...toBody(form, stored ? "change" : "add"),
    ...(stored ? { name: stored.name } : named(form)),
  });
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      asksBeforeClosing
      title={stored ? t("edit.title", { name: stored.name }) : t("add")}
      description={stored ? t("edit.text") : t("addText")}
      footer={
        <>
          <Button isBusy={test.isPending} disabled={!isComplete} onClick={() => test.mutate({ draft: draft() })}>
            {t("test.action")}
          </Button>
          <Button tone="primary" isBusy={isSaving} disabled={!isComplete} onClick={() => void save()}>
            {t(stored ? "edit.save" : "addAction")}
          </Button>
        </>
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isComplete) void save();
        }}
      >
        <ProviderFields
          form={form}
          onChange={(fields) => {
            setForm({ ...form, ...fields });
            for (const one of [add, change, test]) one.reset();
          }}
          vendors={vendors}
          stored={stored}
          faults={faults}
        />
        {error && Object.keys(faults).length === 0 && <ErrorNote error={error} />}
        {test.data && <TestReport report={test.data} />}
        <button type="submit" className="hidden" aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

const named = ({ name }: ProviderForm) => (name.trim() === "" ? {} : { name: name.trim() });

/** What the server says of single fields, by their names. */
function faultsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const { problems } = error.details;
  const placed = Array.isArray(problems) ? (problems as { path: string; message: string }[]) : [];
  const named = placed.filter(({ path }) => ["name", "api_key", "base_url", "region"].includes(path));
  if (named.length === placed.length && placed.length > 0)
    return Object.fromEntries(named.map(({ path, message }) => [path, message]));
  return error.param === "name" ? { name: error.message } : {};
}
