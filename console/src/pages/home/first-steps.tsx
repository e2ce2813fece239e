import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessagesSquare, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Key, Status, UsageRecord } from "../../api/schema.d.ts";
import { buttonClass } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Arrival } from "./arrival.tsx";
import { FirstCallLines } from "./first-call-lines.tsx";
import { FirstKey } from "./first-key.tsx";
import { Step } from "./step.tsx";

/** The key of requests that the console itself makes. */
const consoleKey = "console";

/** From nothing to the first call seen. Each step is done when the server says so, however it was done. */
export function FirstSteps({
  status,
  keys,
  requests,
  onHide,
}: {
  status: Status;
  keys: readonly Key[];
  requests: readonly UsageRecord[];
  onHide: () => void;
}) {
  const { t } = useTranslation("home");
  const client = useQueryClient();
  // Only in memory: a key is shown once.
  const [made, setMade] = useState<string>();
  const model = status.models.find(({ kind }) => kind === "local")?.name ?? status.models[0]?.name ?? "nano";
  const byKey = requests.find(({ key }) => key !== consoleKey);
  const hasChatted = requests.some(({ key }) => key === consoleKey);
  const hasKey = made !== undefined || keys.some((key) => key.role === "user" && key.status === "active");
  // A cloud in use needs no introduction; one that gets its first call now keeps it in view.
  const [isNew] = useState(byKey === undefined);
  if (!isNew) return null;
  const done = [hasChatted, hasKey, byKey !== undefined].filter(Boolean).length;
  return (
    <section className="overflow-hidden rounded-2xl border border-border bg-surface shadow-card">
      <header className="flex items-start gap-4 border-b border-border bg-accent-soft/60 px-5 py-5 sm:px-6">
        <div className="min-w-0 flex-1">
          <h2 className="text-base font-semibold">{t(done === 3 ? "steps.allDone" : "steps.title")}</h2>
          <p className="mt-1 max-w-[65ch] text-sm text-muted">{t("steps.text")}</p>
        </div>
        <IconButton label={t("steps.hide")} size="small" onClick={onHide}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <ol className="divide-y divide-border">
        <Step number={1} isDone={hasChatted} title={t("chat.title")} text={t("chat.text", { model })}>
          <Link to="/console/chat" className={buttonClass({ tone: hasChatted ? "secondary" : "primary" })}>
            <MessagesSquare size={16} aria-hidden />
            {t("chat.action", { model })}
          </Link>
        </Step>
        <Step number={2} isDone={hasKey} title={t("key.title")} text={t("key.text")}>
          <FirstKey
            made={made}
            isFirst={!hasKey}
            onMade={(key) => {
              setMade(key);
              void client.invalidateQueries({ queryKey: ["keys"] });
            }}
          />
        </Step>
        <Step number={3} isDone={byKey !== undefined} title={t("call.title")} text={t("call.text")}>
          <FirstCallLines model={model} keyText={made} />
          <Arrival record={byKey} />
        </Step>
      </ol>
    </section>
  );
}
