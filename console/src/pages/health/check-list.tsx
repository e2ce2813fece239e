import { CircleAlert, CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Health } from "../../api/schema.d.ts";

type Check = Health["checks"][number];

const signs = {
  ok: { Icon: CircleCheck, className: "text-good" },
  warning: { Icon: CircleAlert, className: "text-warn" },
  problem: { Icon: CircleX, className: "text-bad" },
} as const;

/** Checks with what was found and the way out; where the catalogue has no words for that, in the server's own, which are English. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  const { t, i18n } = useTranslation("health");
  /** Names are the same in every version; one that is of a single model or provider has its name behind. */
  const nameOf = (check: string) => {
    const [, kind, name] = /^(model|provider) (.+)$/.exec(check) ?? [];
    if (name !== undefined) return t(`checkOf.${kind as "model" | "provider"}`, { name });
    const key = check.replaceAll(/ (.)/g, (_, letter: string) => letter.toUpperCase());
    return i18n.exists(`health:check.${key}`) ? t(`check.${key}` as "check.disk") : check;
  };
  /** In the page's language, where its catalogue has the sentence; English is as the server writes it. */
  const sayingOf = ({ told }: Check): string | undefined => {
    if (!told || i18n.language === "en") return undefined;
    const text: unknown = i18n.getResource(i18n.language, "health", `detail.${told.code}`);
    if (typeof text !== "string") return undefined;
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => told.values[name] ?? "");
  };
  return (
    <ul className="mt-2 divide-y divide-border border-t border-border">
      {checks.map((one) => {
        const { check, status, detail } = one;
        const { Icon, className } = signs[status];
        const saying = sayingOf(one);
        return (
          <li key={`${check} ${detail}`} className="flex items-start gap-3 px-5 py-3 text-[0.8125rem]">
            <Icon size={17} aria-label={t(`status.${status}`)} className={`mt-px shrink-0 ${className}`} />
            <div className="grid min-w-0 flex-1 gap-x-6 gap-y-0.5 sm:grid-cols-[11rem_1fr]">
              <span dir="auto" className="font-medium break-words">
                {nameOf(check)}
              </span>
              {saying === undefined ? (
                <span dir="ltr" lang="en" className="break-words text-muted">
                  {detail}
                </span>
              ) : (
                <span className="break-words text-muted">{saying}</span>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
