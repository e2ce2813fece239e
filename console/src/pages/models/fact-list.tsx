import { useTranslation } from "react-i18next";
import type { Model } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { featuresOf, priceOf } from "./model-facts.ts";

/** What is known of a model, as names and values. */
export function FactList({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const { facts, local } = model;
  const price = priceOf(model);
  const money = (amount: string) => (price ? format.money(amount, price.currency) : "");
  const features = featuresOf(model).map((feature) => t(`feature.${feature}`));
  const rows: [string, string | null][] = [
    [t("fact.context"), facts.context_tokens === null ? null : format.number(facts.context_tokens)],
    [t("fact.output"), facts.output_tokens === null ? null : format.number(facts.output_tokens)],
    [
      t("fact.price"),
      price ? t("fact.perMillion", { input: money(price.input), output: money(price.output) }) : t("fact.noPrice"),
    ],
    [t("fact.takes"), facts.takes?.join(", ") ?? null],
    [t("fact.features"), features.length === 0 ? null : features.join(", ")],
    [t("fact.released"), facts.released],
    [t("fact.slots"), local ? format.number(local.slots) : null],
    [t("fact.keepAlive"), local ? (local.keep_alive === null ? t("fact.always") : String(local.keep_alive)) : null],
    [t("fact.file"), model.file],
    [t("fact.fileSize"), local?.file_bytes == null ? null : format.bytes(local.file_bytes)],
  ];
  return (
    <dl className="grid gap-x-6 gap-y-2.5 text-[0.8125rem] sm:grid-cols-2">
      {rows.flatMap(([name, value]) =>
        value === null
          ? []
          : [
              <div key={name} className="flex min-w-0 justify-between gap-4 border-b border-border pb-2">
                <dt className="shrink-0 text-muted">{name}</dt>
                <dd className="min-w-0 text-end break-words" dir="auto">
                  {value}
                </dd>
              </div>,
            ],
      )}
    </dl>
  );
}
