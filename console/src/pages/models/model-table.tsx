import { Blocks, Brain, Braces, Eye, Search, Wrench } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Input } from "../../ui/input.tsx";
import type { Column } from "../../ui/table.tsx";
import { VirtualTable } from "../../ui/virtual-table.tsx";
import { featuresOf, findModels, healthOf, priceOf, type Feature, type Health } from "./model-facts.ts";

const icons: Record<Feature, typeof Eye> = { vision: Eye, tools: Wrench, schema: Braces, reasoning: Brain };
const tones: Record<Health, Tone> = { well: "good", partly: "warn", resting: "bad", unpriced: "neutral" };
const grid = "minmax(13rem,1.8fr) minmax(9rem,1.3fr) 6.5rem minmax(11rem,1.4fr) 7rem minmax(6rem,0.8fr)";

const nameOf = ({ name }: Model) => name;

/** The catalogue of names, found by words. */
export function ModelTable({
  models,
  sought,
  onSearch,
  onOpen,
  onPull,
}: {
  models: readonly Model[];
  sought: string;
  onSearch: (sought: string) => void;
  onOpen: (name: string) => void;
  onPull: () => void;
}) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const found = useMemo(() => findModels(models, sought), [models, sought]);
  const columns: Column<Model>[] = [
    {
      id: "name",
      header: t("column.name"),
      cell: ({ name, facts, leads_to: leadsTo }) => (
        <div className="min-w-0">
          <button
            type="button"
            className="ltr block max-w-full truncate text-start font-medium hover:underline"
            title={name}
            onClick={(event) => {
              event.stopPropagation();
              onOpen(name);
            }}
          >
            {name}
          </button>
          {(leadsTo ?? facts.title) !== null && (
            <div className="truncate text-xs text-muted">
              {leadsTo !== undefined ? t("leadsTo", { name: leadsTo }) : facts.title}
            </div>
          )}
        </div>
      ),
    },
    { id: "where", header: t("column.where"), cell: (model) => <Where model={model} /> },
    {
      id: "context",
      header: t("column.context"),
      isNumber: true,
      cell: ({ facts }) => (facts.context_tokens === null ? "–" : format.count(facts.context_tokens)),
    },
    {
      id: "price",
      header: t("column.price"),
      isNumber: true,
      cell: (model) => {
        const price = priceOf(model);
        if (!price) return "–";
        return `${format.money(price.input, price.currency)} / ${format.money(price.output, price.currency)}`;
      },
    },
    { id: "features", header: t("column.features"), cell: (model) => <Features of={featuresOf(model)} /> },
    {
      id: "health",
      header: t("column.health"),
      cell: (model) => <Badge tone={tones[healthOf(model)]}>{t(`health.${healthOf(model)}`)}</Badge>,
    },
  ];
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <div className="relative w-full sm:max-w-80">
          <Search size={15} aria-hidden className="absolute start-3 top-2.5 text-muted" />
          <Input
            type="search"
            aria-label={t("search")}
            placeholder={t("search")}
            value={sought}
            onChange={(event) => onSearch(event.target.value)}
            className="px-9"
          />
        </div>
        <span role="status" className="text-[0.8125rem] text-muted">
          {t("count", { count: found.length, number: format.number(found.length) })}
        </span>
      </div>
      <Card isFlush>
        {found.length === 0 ? (
          <EmptyState
            icon={<Blocks size={22} aria-hidden />}
            title={t(models.length === 0 ? "none" : "nothingFound")}
            action={models.length === 0 ? <Button onClick={onPull}>{t("pull.action")}</Button> : undefined}
          >
            {models.length === 0 ? t("noneText") : undefined}
          </EmptyState>
        ) : (
          <VirtualTable
            label={t("title")}
            columns={columns}
            rows={found}
            keyOf={nameOf}
            grid={grid}
            rowHeightPx={56}
            minWidthClass="min-w-[58rem]"
            heightClass={found.length < 8 ? "" : "h-[calc(100dvh-20rem)] min-h-96"}
            onRowClick={({ name }) => onOpen(name)}
          />
        )}
      </Card>
    </div>
  );
}

function Where({ model: { kind, targets } }: { model: Model }) {
  const { t } = useTranslation("models");
  const providers = [...new Set(targets.map(({ provider }) => provider))];
  const names = [...(kind === "remote" ? [] : [t("kind.local")]), ...providers];
  return (
    <bdi className="inline-block max-w-full truncate align-middle" title={names.join(", ")}>
      {names.join(", ")}
    </bdi>
  );
}

function Features({ of }: { of: readonly Feature[] }) {
  const { t } = useTranslation("models");
  return (
    <span className="flex gap-1.5 text-muted">
      {of.map((feature) => {
        const Icon = icons[feature];
        return (
          <span key={feature} title={t(`feature.${feature}`)}>
            <Icon size={16} role="img" aria-label={t(`feature.${feature}`)} />
          </span>
        );
      })}
    </span>
  );
}
