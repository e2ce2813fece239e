import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/api-error.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { useOutcomeText } from "./use-outcome-text.ts";

/** What went wrong and the way out, in the server's words; where the page is not English, first what their code means. */
export function ErrorNote({ error, title, onRetry }: { error: unknown; title?: ReactNode; onRetry?: () => void }) {
  const { t, i18n } = useTranslation("ui");
  const tell = useOutcomeText();
  const isNetwork = error instanceof ApiError && error.code === "network";
  const message = isNetwork ? t("error.network") : error instanceof Error ? error.message : String(error);
  const meaning = error instanceof ApiError && i18n.language !== "en" ? tell(error.code) : undefined;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div
      role="alert"
      className="flex items-start gap-3 rounded-card border border-bad/30 bg-bad-soft px-4 py-3 text-sm"
    >
      <CircleAlert size={18} aria-hidden className="mt-px shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        {title != null && <p className="font-medium">{title}</p>}
        {meaning !== undefined && <p>{meaning}</p>}
        {/* The server writes English. */}
        <p className="break-words" dir={isNetwork ? undefined : "auto"}>
          {message}
        </p>
        {requestId !== undefined && (
          <p className="mt-1 flex items-center gap-1 text-xs text-muted">
            <span>{t("error.request")}</span> <code className="ltr truncate font-mono">{requestId}</code>
            <CopyButton text={requestId} label={t("copy")} />
          </p>
        )}
      </div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
