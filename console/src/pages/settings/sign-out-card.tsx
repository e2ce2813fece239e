import { MonitorX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { signOut } from "../../api/session.ts";
import { AlertDialog } from "../../ui/alert-dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";

/** Ends every session of this key, this one included. */
export function SignOutCard() {
  const { t } = useTranslation("settings");
  const [isAsking, setAsking] = useState(false);
  return (
    <Card title={t("sessions.title")} description={t("sessions.text")}>
      <Button icon={<MonitorX size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {t("sessions.end")}
      </Button>
      <AlertDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={t("sessions.title")}
        confirmText={t("sessions.end")}
        onConfirm={() => signOut({ everywhere: true })}
      >
        {t("sessions.ask")}
      </AlertDialog>
    </Card>
  );
}
