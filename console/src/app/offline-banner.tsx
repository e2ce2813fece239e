import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useReachable } from "../api/reachable.ts";
import { useSession } from "../api/session.ts";

const askAgainMs = 2_000;

/** Says that the server does not answer, until it does; then what is on the page is read anew. */
export function OfflineBanner() {
  const { t } = useTranslation();
  const isReachable = useReachable();
  const client = useQueryClient();
  const { refetch } = useSession();
  useEffect(() => {
    if (isReachable) return undefined;
    const timer = setInterval(() => void refetch(), askAgainMs);
    return () => {
      clearInterval(timer);
      void client.invalidateQueries();
    };
  }, [isReachable, refetch, client]);
  if (isReachable) return null;
  return (
    <div
      role="alert"
      className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-2 text-sm font-medium text-warn"
    >
      <CloudOff size={16} aria-hidden className="shrink-0" />
      {t("offline.banner")}
    </div>
  );
}
