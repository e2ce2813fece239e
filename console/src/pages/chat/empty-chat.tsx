import { Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";

const starters = (["explain", "table", "code", "translate"] as const).map((name) => `starter.${name}` as const);
/** nano is small, and knows little but Sahab. */
const nanoStarters = (["what", "key", "vendor", "agent"] as const).map((name) => `nanoStarter.${name}` as const);

/** What is there before the first message: that this is an AI, and a few ways to begin. */
export function EmptyChat({
  models,
  canSend,
  onSend,
}: {
  /** Who is to answer. */
  models: readonly string[];
  canSend: boolean;
  onSend: (text: string) => void;
}) {
  const { t } = useTranslation("chat");
  return (
    <div className="mx-auto flex w-full max-w-2xl flex-1 flex-col items-center justify-center gap-7 py-10 text-center">
      <div className="flex flex-col items-center">
        <div className="mb-5 flex size-14 items-center justify-center rounded-2xl bg-accent-soft text-accent-text">
          <Sparkles size={26} aria-hidden />
        </div>
        <h2 className="text-2xl font-semibold tracking-tight">{t("empty.title")}</h2>
        {/* EU AI Act, Article 50(1): who talks to an AI is told so before they do. */}
        <p className="mt-2 max-w-[52ch] text-sm text-muted" data-ai-notice="">
          {t("notice")}
        </p>
      </div>
      <ul className="grid w-full gap-2 text-start max-sm:[&>li:nth-child(n+3)]:hidden sm:grid-cols-2">
        {(models.every((model) => model === "nano") ? nanoStarters : starters).map((name) => (
          <li key={name}>
            <button
              type="button"
              disabled={!canSend}
              onClick={() => onSend(t(`${name}.prompt`))}
              className="h-full w-full rounded-card border border-border bg-surface px-4 py-3 text-start shadow-card transition-colors duration-150 hover:border-border-strong hover:bg-sunken disabled:cursor-not-allowed disabled:opacity-55"
            >
              <span className="block text-sm font-medium">{t(`${name}.title`)}</span>
              <span className="mt-0.5 line-clamp-2 text-[0.8125rem] text-muted">{t(`${name}.prompt`)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
