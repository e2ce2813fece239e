import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Applied, Change } from "../../api/schema.d.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";

const tones: Record<Change["action"], Tone> = { create: "good", update: "info", delete: "bad" };

/** What a configuration would change, value by value. */
export function ChangeList({ applied: { changes, warnings } }: { applied: Applied }) {
  const { t } = useTranslation("settings");
  return (
    <div className="grid gap-4">
      {changes.length === 0 && <p className="text-sm text-muted">{t("config.same")}</p>}
      <ul className="grid gap-3">
        {changes.map(({ action, kind, name, values, fields }) => (
          <li key={`${kind} ${name}`} className="min-w-0 rounded-card border border-border">
            <div className="flex items-center gap-2.5 px-4 py-2.5 text-[0.8125rem]">
              <Badge tone={tones[action]}>{t(`config.action.${action}`)}</Badge>
              <span className="text-muted">{t(`config.kind.${kind}`)}</span>
              <span className="ltr min-w-0 truncate font-medium">{name}</span>
            </div>
            {action === "update" && (
              <ul className="grid gap-1.5 border-t border-border px-4 py-2.5 text-xs">
                {(values ?? []).map(({ path, before, after }) => (
                  <li key={path} dir="ltr" className="grid gap-x-3 font-mono break-all sm:grid-cols-[12rem_1fr]">
                    <span className="text-muted">{path}</span>
                    <span>
                      <del className="rounded-[4px] bg-bad-soft px-1 text-bad no-underline">{show(before)}</del>{" "}
                      <span aria-hidden>→</span>{" "}
                      <ins className="rounded-[4px] bg-good-soft px-1 text-good no-underline">{show(after)}</ins>
                    </span>
                  </li>
                ))}
                {values === undefined && <li className="text-muted">{fields?.join(", ")}</li>}
              </ul>
            )}
          </li>
        ))}
      </ul>
      {warnings.map((warning) => (
        <p key={warning} dir="auto" className="flex items-start gap-2 text-[0.8125rem] text-warn">
          <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
          <span className="min-w-0 break-words">{warning}</span>
        </p>
      ))}
    </div>
  );
}

/** Of what there was none, and of secrets, nothing is shown. */
const show = (value: unknown): string =>
  value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
