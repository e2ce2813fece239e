import { CircleAlert, RotateCw } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/button.tsx";

/** Codes of errors that have a way out in words of ours, and the page where it is. */
const ways = {
  budget_exceeded: "/console/projects",
  rate_limit_exceeded: undefined,
  model_not_found: "/console/models",
  model_not_allowed: "/console/projects",
  model_not_priced: "/console/models",
  context_length_exceeded: undefined,
  content_filter: undefined,
  upstream_authentication: "/console/providers",
  upstream_unreachable: "/console/providers",
  upstream_model_not_found: "/console/models",
  stream_interrupted: undefined,
  overloaded: undefined,
  network: undefined,
} as const;
type KnownCode = keyof typeof ways;

/** Why an answer failed, in the place of the answer: what happened, the server's words, and what can be done. */
export function AnswerError({
  error,
  isNew,
  onRetry,
}: {
  error: { code: string; message: string };
  /** Whether it happened while it was looked at, so that it is read out. */
  isNew: boolean;
  onRetry: () => void;
}) {
  const { t } = useTranslation("chat");
  const code = isKnown(error.code) ? error.code : undefined;
  const page = code && ways[code];
  return (
    <div
      role={isNew ? "alert" : undefined}
      className="flex items-start gap-3 rounded-card border border-bad/30 bg-bad-soft px-4 py-3 text-sm"
    >
      <CircleAlert size={18} aria-hidden className="mt-px shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{t(`error.${code ?? "other"}`)}</p>
        {/* The server writes English. */}
        {error.message !== "" && code !== "network" && (
          <p className="mt-0.5 break-words text-muted" dir="auto">
            {error.message}
          </p>
        )}
        <div className="mt-2.5 flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button size="small" icon={<RotateCw size={14} aria-hidden />} onClick={onRetry}>
            {t("error.retry")}
          </Button>
          {page !== undefined && (
            <Link to={page} className="text-[0.8125rem] font-medium text-accent-text underline underline-offset-2">
              {t(`error.page.${page.slice("/console/".length) as "projects" | "models" | "providers"}`)}
            </Link>
          )}
        </div>
      </div>
    </div>
  );
}

function isKnown(code: string): code is KnownCode {
  return Object.hasOwn(ways, code);
}
