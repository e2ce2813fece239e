import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { TestReport } from "./test-report.tsx";
import { useProviderTest } from "./queries.ts";

/** Tries a stored provider at once without asking a model, and with a token where that is wanted. */
export function TestDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation("providers");
  const test = useProviderTest();
  const { mutate } = test;
  useEffect(() => mutate({ stored: name, token: false }), [mutate, name]);
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("test.of", { name })}
      description={t("test.text")}
      footer={
        <>
          <Button isBusy={test.isPending} onClick={() => mutate({ stored: name, token: true })}>
            {t("test.token")}
          </Button>
          <Button tone="primary" isBusy={test.isPending} onClick={() => mutate({ stored: name, token: false })}>
            {t("test.again")}
          </Button>
        </>
      }
    >
      {test.isPending && (
        <p className="flex items-center gap-2 text-sm text-muted">
          <Spinner /> {t("test.running")}
        </p>
      )}
      {test.error && <ErrorNote error={test.error} />}
      {test.data && !test.isPending && <TestReport report={test.data} />}
    </Dialog>
  );
}
