import { useQuery } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/api-error.ts";
import { sessionKey, useSession } from "../api/session.ts";
import { queryClient } from "../api/query-client.ts";

const checkMs = 60_000;
/** While the server does not answer. */
const checkAgainMs = 3_000;

/** Says that the server does not answer, until it does. What is on the page stays. */
export function OfflineBanner() {
  const { t } = useTranslation();
  const session = useSession();
  const isOffline = session.error instanceof ApiError && (session.error.status === 0 || session.error.status >= 500);
  useQuery({
    queryKey: ["alive"],
    queryFn: async () => {
      await queryClient.invalidateQueries({ queryKey: sessionKey });
      return true;
    },
    refetchInterval: isOffline ? checkAgainMs : checkMs,
    staleTime: checkAgainMs / 2,
  });
  if (!isOffline) return null;
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
