import { Plus, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Input } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import { PriceFields } from "./price-fields.tsx";
import { useListedModels } from "./queries.ts";
import { isPriceComplete, keptPrice, type TargetPrice } from "./target-price.ts";

export interface RouteTarget {
  provider: string;
  model: string;
  priority: number;
  weight: number;
  api?: string;
  price: TargetPrice;
  /** Nothing is stored of it yet. */
  isNew: boolean;
}

export const newTarget = (provider = ""): RouteTarget => ({
  provider,
  model: "",
  priority: 1,
  weight: 1,
  price: keptPrice,
  isNew: true,
});

export const isComplete = (targets: readonly RouteTarget[]): boolean =>
  targets.every(({ provider, model, price }) => provider !== "" && model.trim() !== "" && isPriceComplete(price));

/** The targets of a model: who is asked, in which order, and for which share of the load. */
export function RoutesEditor({
  targets,
  providers,
  onChange,
}: {
  targets: readonly RouteTarget[];
  providers: readonly string[];
  onChange: (targets: RouteTarget[]) => void;
}) {
  const { t } = useTranslation("models");
  const rows = useRef<HTMLDivElement>(null);
  const [added, setAdded] = useState(0);
  useEffect(() => {
    // What was added is what is filled in next.
    if (added > 0) rows.current?.querySelector<HTMLElement>("fieldset:last-of-type button")?.focus();
  }, [added]);
  const change = (at: number, fields: Partial<RouteTarget>) =>
    onChange(targets.map((target, index) => (index === at ? { ...target, ...fields } : target)));
  const names = (provider: string) => [...new Set([...providers, ...(provider === "" ? [] : [provider])])];
  return (
    <div ref={rows} className="grid gap-2">
      {targets.map((target, at) => (
        // A target has no name of its own, and its place is what is edited.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset
          key={at}
          className="grid grid-cols-[1fr_1fr_auto] gap-2 rounded-card border border-border p-3 sm:grid-cols-[1.2fr_1.6fr_4.5rem_4.5rem_auto]"
        >
          <legend className="sr-only">{t("route.number", { number: at + 1 })}</legend>
          <Labelled text={t("route.provider")} className="max-sm:col-span-2">
            <Select
              label={t("route.provider")}
              value={target.provider === "" ? undefined : target.provider}
              onChange={(provider) => change(at, { provider })}
              options={names(target.provider).map((name) => ({ value: name, text: name }))}
              isSearchable={providers.length > 10}
              className="w-full"
            />
          </Labelled>
          <IconButton
            label={t("route.remove", { number: at + 1 })}
            className="self-end sm:order-last"
            onClick={() => onChange(targets.filter((_, index) => index !== at))}
          >
            <X size={16} aria-hidden />
          </IconButton>
          <Labelled text={t("route.model")} className="max-sm:col-span-3">
            <ModelInput
              label={t("route.model")}
              provider={target.provider}
              model={target.model}
              onChange={(model) => change(at, { model })}
            />
          </Labelled>
          <Labelled text={t("route.priority")}>
            <Input
              isCode
              type="number"
              min={1}
              max={100}
              aria-label={t("route.priority")}
              value={target.priority}
              onChange={(event) => change(at, { priority: event.target.valueAsNumber || 1 })}
            />
          </Labelled>
          <Labelled text={t("route.weight")}>
            <Input
              isCode
              type="number"
              min={0}
              max={1000}
              aria-label={t("route.weight")}
              value={target.weight}
              onChange={(event) => change(at, { weight: event.target.valueAsNumber || 0 })}
            />
          </Labelled>
          <PriceFields price={target.price} isNew={target.isNew} onChange={(price) => change(at, { price })} />
        </fieldset>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus size={15} aria-hidden />}
          onClick={() => {
            setAdded(added + 1);
            onChange([...targets, newTarget(providers.length === 1 ? providers[0] : "")]);
          }}
        >
          {t("route.more")}
        </Button>
      </div>
      <p className="text-xs text-muted">{t("route.hint")}</p>
    </div>
  );
}

/** Any name may be typed; those that the provider lists are offered. */
function ModelInput({
  label,
  provider,
  model,
  onChange,
}: {
  label: string;
  provider: string;
  model: string;
  onChange: (model: string) => void;
}) {
  const listId = useId();
  const { data: listed = [] } = useListedModels(provider);
  return (
    <>
      <Input
        isCode
        aria-label={label}
        list={listed.length > 0 ? listId : undefined}
        value={model}
        onChange={(event) => onChange(event.target.value)}
      />
      {listed.length > 0 && (
        <datalist id={listId}>
          {listed.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </>
  );
}

function Labelled({ text, className, children }: { text: string; className?: string; children: React.ReactNode }) {
  return (
    <div className={`grid min-w-0 content-end gap-1 ${className ?? ""}`}>
      <span aria-hidden className="truncate text-xs text-muted">
        {text}
      </span>
      {children}
    </div>
  );
}
