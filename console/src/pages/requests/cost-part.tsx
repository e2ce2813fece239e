import { useTranslation } from "react-i18next";
import type { CostExplanation, RequestStory } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Card } from "../../ui/card.tsx";
import { Table } from "../../ui/table.tsx";
import { Facts } from "./facts.tsx";

/** Tokens, and how the cost came about. */
export function CostPart({ story }: { story: RequestStory }) {
  const { t } = useTranslation("requests");
  const format = useFormat();
  const { tokens, cost, currency, provider_cost: providerCost, provider_currency: providerCurrency } = story;
  const explained = story.cost_explanations.flatMap((explanation, place) =>
    explanation && explanation.lines.length > 0 ? [{ explanation, place, attempt: story.attempt_list[place] }] : [],
  );
  // Of a request that nothing was counted for there is nothing to break down.
  const isUsed = tokens.input + tokens.output > 0 || /[1-9]/.test(cost);
  const counts = [
    [t("tokens.input"), tokens.input],
    [t("tokens.cached"), tokens.cached_input],
    [t("tokens.written"), tokens.cache_write],
    [t("tokens.output"), tokens.output],
    [t("tokens.reasoning"), tokens.reasoning],
  ] as const;
  return (
    <Card
      title={t("story.cost")}
      description={story.estimated ? t("story.estimated") : undefined}
      actions={
        <span className="ltr text-[0.9375rem] font-semibold tabular-nums">
          {format.money(cost, currency, { isExact: true })}
        </span>
      }
    >
      <div className="grid gap-4">
        <Facts
          facts={[
            ...counts
              .filter(([, count], place) => count > 0 || place === 0 || place === 3)
              .map(([name, count]) => [name, format.number(count)] as const),
            ...(providerCost === null || providerCurrency === null || providerCost === cost
              ? []
              : [[t("story.providerCost"), format.money(providerCost, providerCurrency, { isExact: true })] as const]),
          ]}
        />
        {explained.map(({ explanation, place, attempt }) => (
          <div key={place} className="-mx-5">
            <p className="px-5 pb-1 text-xs text-muted">
              {t("story.priceOf", { provider: attempt?.provider ?? "", model: attempt?.model ?? "" })}
            </p>
            <Lines explanation={explanation} />
          </div>
        ))}
        {explained.length === 0 && isUsed && <p className="text-xs text-muted">{t("story.unexplained")}</p>}
      </div>
    </Card>
  );
}

function Lines({ explanation: { currency, lines, factors } }: { explanation: NonNullable<CostExplanation> }) {
  const { t, i18n } = useTranslation("requests");
  const format = useFormat();
  const nameOf = (what: string) => (i18n.exists(`requests:line.${what}`) ? t(`line.${what}` as "line.input") : what);
  return (
    <>
      <Table
        label={t("story.cost")}
        keyOf={({ what }) => what}
        rows={lines}
        columns={[
          { id: "what", header: t("line.what"), cell: ({ what }) => nameOf(what) },
          { id: "count", header: t("line.count"), isNumber: true, cell: ({ count }) => format.number(count) },
          {
            id: "rate",
            header: t("line.rate"),
            isNumber: true,
            cell: ({ rate, per }) => `${format.money(rate, currency, { isExact: true })} / ${format.count(per)}`,
          },
        ]}
      />
      {factors.map(({ why, factor }) => (
        <p key={why} className="px-5 pt-2 text-xs text-muted">
          {t(`factor.${why}`)} <span className="ltr">× {factor}</span>
        </p>
      ))}
    </>
  );
}
