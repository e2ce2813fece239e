import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PullState } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Meter } from "../../ui/meter.tsx";
import { useOutcomeText } from "../../ui/use-outcome-text.ts";
import { usePullChanges } from "./queries.ts";

const tones: Record<PullState["state"], Tone> = { running: "info", done: "good", failed: "bad", cancelled: "neutral" };
const shownMax = 5;

/** Models on their way, and how the last ones ended. */
export function PullList({ pulls }: { pulls: readonly PullState[] }) {
  const { t } = useTranslation("models");
  if (pulls.length === 0) return null;
  return (
    <Card title={t("pull.title")} isFlush className="mb-5">
      <ul className="mt-2 divide-y divide-border border-t border-border">
        {pulls.slice(0, shownMax).map((pull) => (
          <PullRow key={pull.id} pull={pull} />
        ))}
      </ul>
    </Card>
  );
}

function PullRow({ pull }: { pull: PullState }) {
  const { t, i18n } = useTranslation("models");
  const tell = useOutcomeText();
  const format = useFormat();
  const { cancel } = usePullChanges();
  const { id, state, phase, received_bytes: received, total_bytes: total, bytes_per_second: speed } = pull;
  const isRunning = state === "running";
  const name = pull.model ?? pull.found?.source ?? pull.source;
  const left = pull.left_seconds === null ? "" : t("pull.left", { time: format.duration(pull.left_seconds * 1000) });
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-2 px-5 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-40 text-sm font-medium" title={name}>
          <span className="ltr min-w-0 truncate">{name}</span>
        </div>
        {pull.found?.quantization != null && <Badge>{pull.found.quantization}</Badge>}
        <Badge tone={tones[state]}>{isRunning ? t(`pull.phase.${phase}`) : t(`pull.state.${state}`)}</Badge>
        {isRunning ? (
          <Button
            size="small"
            isBusy={cancel.isPending}
            onClick={() => cancel.mutate(id)}
            aria-label={t("pull.cancelOf", { name })}
          >
            {t("cancel")}
          </Button>
        ) : (
          <IconButton size="small" label={t("pull.forget", { name })} onClick={() => cancel.mutate(id)}>
            <X size={15} aria-hidden />
          </IconButton>
        )}
      </div>
      {isRunning && total !== null && total > 0 && (
        <Meter
          label={t("pull.progress", { name })}
          used={Math.min(received / total, 0.999)}
          isProgress
          text={t("pull.of", { received: format.bytes(received), total: format.bytes(total) })}
          aside={[speed === null ? "" : t("pull.speed", { speed: format.bytes(speed) }), left]
            .filter(Boolean)
            .join(" · ")}
        />
      )}
      {isRunning && total === null && received > 0 && (
        <p className="ltr text-[0.8125rem] text-muted">{format.bytes(received)}</p>
      )}
      {pull.error && (
        <div className="text-[0.8125rem] break-words text-bad">
          {i18n.language !== "en" && <p>{tell(pull.error.code)}</p>}
          <p dir="ltr" lang="en" className="rtl:text-right">
            {pull.error.message}
          </p>
        </div>
      )}
      {pull.warnings.map((warning) => (
        <p key={warning} dir="auto" className="text-[0.8125rem] break-words text-warn">
          {warning}
        </p>
      ))}
    </li>
  );
}
