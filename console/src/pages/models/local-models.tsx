import { Cpu, Moon, Play, SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Engines, Model } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Meter } from "../../ui/meter.tsx";
import { LocalDialog } from "./local-dialog.tsx";
import { useEngines, useModelChanges } from "./queries.ts";
import { stateOf, type EngineState } from "./engine-state.ts";

type Engine = Engines["engines"][number];

const tones: Record<EngineState, Tone> = {
  ready: "good",
  loading: "info",
  asleep: "neutral",
  ending: "neutral",
  failed: "bad",
};

/** The models of this machine: their memory, slots and load state. */
export function LocalModels({
  models,
  onOpen,
  onPull,
}: {
  models: readonly Model[];
  onOpen: (name: string) => void;
  onPull: () => void;
}) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const engines = useEngines();
  const local = models.filter((model) => model.local !== null && model.leads_to === undefined);
  const memory = engines.data?.memory;
  if (local.length === 0)
    return (
      <Card isFlush>
        <EmptyState
          icon={<Cpu size={22} aria-hidden />}
          title={t("local.none")}
          action={<Button onClick={onPull}>{t("pull.action")}</Button>}
        >
          {t("local.noneText")}
        </EmptyState>
      </Card>
    );
  return (
    <div className="grid gap-4">
      {engines.error && <ErrorNote error={engines.error} onRetry={() => void engines.refetch()} />}
      {memory?.budgetBytes != null && (
        <Card>
          <Meter
            label={t("local.memory")}
            used={memory.reservedBytes / memory.budgetBytes}
            text={t("pull.of", {
              received: format.bytes(memory.reservedBytes),
              total: format.bytes(memory.budgetBytes),
            })}
            aside={t("local.memory")}
          />
        </Card>
      )}
      <ul className="grid gap-4 lg:grid-cols-2">
        {local.map((model) => (
          <li key={model.name} className="min-w-0">
            <LocalModelCard
              model={model}
              engine={engines.data?.engines.find(({ name }) => name === model.name)}
              onOpen={() => onOpen(model.name)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function LocalModelCard({ model, engine, onOpen }: { model: Model; engine: Engine | undefined; onOpen: () => void }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const { setLoaded } = useModelChanges();
  const [isEditing, setEditing] = useState(false);
  const state = engine ? stateOf(engine) : "loading";
  const busy = engine?.live?.slotsBusy ?? 0;
  const slots = engine?.slots ?? model.local?.slots ?? 0;
  const bytes = engine?.memory?.residentBytes ?? engine?.live?.memoryRssBytes ?? null;
  const facts: [string, string][] = [
    [t("local.slots"), t("local.busy", { busy: format.number(busy), slots: format.number(slots) })],
    [t("column.context"), format.count(engine?.contextTokens ?? model.local?.context ?? 0)],
    [t("local.held"), bytes === null ? "–" : format.bytes(bytes)],
    [t("fact.fileSize"), model.local?.file_bytes == null ? "–" : format.bytes(model.local.file_bytes)],
  ];
  return (
    <Card
      title={
        <button type="button" className="ltr max-w-full truncate text-start hover:underline" onClick={onOpen}>
          {model.name}
        </button>
      }
      description={model.file}
      actions={<Badge tone={tones[state]}>{t(`engine.${state}`)}</Badge>}
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 text-[0.8125rem] sm:grid-cols-4">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="truncate text-xs text-muted">{name}</dt>
            <dd className="mt-0.5 truncate font-medium tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {engine?.lastError != null && (
        <p dir="auto" className="mt-3 text-[0.8125rem] break-words text-bad">
          {engine.lastError}
        </p>
      )}
      {setLoaded.error && <ErrorNote error={setLoaded.error} />}
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3">
        <span className="text-xs text-muted">{engine && t(engine.memory ? "local.onDemand" : "local.always")}</span>
        <div className="flex flex-wrap gap-2">
          {model.managed_by !== "file" && (
            <Button
              size="small"
              icon={<SlidersHorizontal size={15} aria-hidden />}
              aria-label={t("settings.open", { name: model.name })}
              onClick={() => setEditing(true)}
            >
              {t("settings.action")}
            </Button>
          )}
          {engine?.memory && (state === "asleep" || state === "ready") && (
            <Button
              size="small"
              icon={state === "ready" ? <Moon size={15} aria-hidden /> : <Play size={15} aria-hidden />}
              isBusy={setLoaded.isPending}
              onClick={() => setLoaded.mutate({ name: model.name, isLoaded: state === "asleep" })}
            >
              {t(state === "ready" ? "local.unload" : "local.load")}
            </Button>
          )}
        </div>
      </div>
      {model.managed_by === "file" && <p className="mt-2 text-xs text-muted">{t("byFile")}</p>}
      {isEditing && model.local && (
        <LocalDialog name={model.name} local={model.local} onClose={() => setEditing(false)} />
      )}
    </Card>
  );
}
