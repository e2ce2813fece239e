import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client.ts";
import type { Key } from "../../api/schema.d.ts";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { toast } from "../../ui/toast.tsx";
import { useRefresh } from "./queries.ts";

/** Ends a key for good, after asking. */
export function RevokeDialog({ revoked, onClose }: { revoked: Key; onClose: () => void }) {
  const { t } = useTranslation("keys");
  const refresh = useRefresh();
  return (
    <AlertDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("revoke.title", { name: revoked.name })}
      confirmText={t("revoke.action")}
      onConfirm={async () => {
        await take(api.DELETE("/admin/v1/keys/{id}", { params: { path: { id: revoked.id } } }));
        refresh();
        toast(t("revoke.done", { name: revoked.name }));
      }}
    >
      {t("revoke.text")} <code className="ltr font-mono text-text">{revoked.prefix}…</code>
    </AlertDialog>
  );
}
