import { useTranslation } from "react-i18next";
import { Input } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import { priceKinds, type TargetPrice } from "./target-price.ts";

/** What a target costs. `isNew`: nothing is declared of it yet. */
export function PriceFields({
  price,
  isNew,
  onChange,
}: {
  price: TargetPrice;
  isNew: boolean;
  onChange: (price: TargetPrice) => void;
}) {
  const { t } = useTranslation("models");
  return (
    <div className="col-span-full grid gap-1 sm:order-last">
      <div className="flex flex-wrap items-center gap-2">
        <Select
          label={t("route.price")}
          value={price.kind}
          onChange={(kind) => onChange({ ...price, kind })}
          options={priceKinds.map((kind) => ({
            value: kind,
            text: t(kind === "kept" && isNew ? "route.priceIs.known" : `route.priceIs.${kind}`),
          }))}
          className="min-w-44"
        />
        {price.kind === "own" &&
          (["input", "output", "currency"] as const).map((field) => (
            <Input
              key={field}
              isCode
              inputMode={field === "currency" ? "text" : "decimal"}
              aria-label={t(`route.priceOf.${field}`)}
              title={t(`route.priceOf.${field}`)}
              placeholder={t(`route.priceShort.${field}`)}
              maxLength={32}
              value={price[field]}
              onChange={(event) => onChange({ ...price, [field]: event.target.value })}
              className={field === "currency" ? "w-16!" : "w-24!"}
            />
          ))}
        {price.kind === "own" && <span className="text-xs text-muted">{t("route.perMillion")}</span>}
      </div>
      <p className="text-xs text-muted">{t(`route.priceHint.${price.kind}`)}</p>
    </div>
  );
}
