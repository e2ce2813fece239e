import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useUsedNames } from "../../api/use-used-names.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Input } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import {
  filterNames,
  groupNames,
  measureNames,
  rangeNames,
  type FilterName,
  type GroupName,
  type UsageSearch,
} from "./search.ts";

type Change = (changes: { [Name in keyof UsageSearch]?: UsageSearch[Name] | undefined }) => void;

/** Of which time, by what, in which currency, and of whom. */
export function Controls({
  search,
  currencies,
  currency,
  onChange,
}: {
  search: UsageSearch;
  currencies: readonly string[];
  currency: string | undefined;
  onChange: Change;
}) {
  const { t } = useTranslation("usage");
  const { by = "model", measure = "cost" } = search;
  const [asks, setAsks] = useState<"days" | "tag" | undefined>();
  const groups: { value: GroupName | "tag"; text: string }[] = groupNames.map((value) => ({
    value,
    text: t(`by.${value}`),
  }));
  if (by.startsWith("tag:")) groups.push({ value: by, text: `${t("by.tag")} ${by.slice(4)}` });
  const hasDays = search.from !== undefined && search.to !== undefined;
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Select
          label={t("range.label")}
          value={hasDays ? "days" : (search.range ?? "30d")}
          onChange={(value) =>
            value === "days" ? setAsks("days") : onChange({ range: value, from: undefined, to: undefined })
          }
          options={[
            ...rangeNames.map((value) => ({ value, text: t(`range.${value}`) })),
            {
              value: "days" as const,
              text: hasDays ? <span className="ltr">{`${search.from} – ${search.to}`}</span> : t("range.days"),
              name: t("range.days"),
            },
          ]}
        />
        <Select
          label={t("by.label")}
          value={by}
          onChange={(value) => (value === "tag" ? setAsks("tag") : onChange({ by: value }))}
          options={[...groups, { value: "tag" as const, text: t("by.tagAsk") }].map((group) => ({
            ...group,
            text: t("by.of", { group: group.text }),
          }))}
        />
        <Select
          label={t("measure.label")}
          value={measure}
          onChange={(value) => onChange({ measure: value })}
          options={measureNames.map((value) => ({ value, text: t(`measure.${value}`) }))}
        />
        {currencies.length > 1 && (
          <Select
            label={t("currency")}
            value={currency}
            onChange={(value) => onChange({ currency: value })}
            options={currencies.map((value) => ({ value, text: value }))}
          />
        )}
        {filterNames.map((name) => (
          <FilterSelect key={name} name={name} value={search[name]} onChange={(value) => onChange({ [name]: value })} />
        ))}
      </div>
      {asks === "days" && (
        <DaysDialog
          onClose={() => setAsks(undefined)}
          onChoose={(from, to) => onChange({ from, to, range: undefined })}
        />
      )}
      {asks === "tag" && (
        <TagDialog onClose={() => setAsks(undefined)} onChoose={(name) => onChange({ by: `tag:${name}` })} />
      )}
    </div>
  );
}

function FilterSelect({
  name,
  value,
  onChange,
}: {
  name: FilterName;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { t } = useTranslation("usage");
  const { data = [] } = useUsedNames(name);
  const text = data.find((one) => one.value === value)?.text ?? value ?? "";
  if (value !== undefined)
    return (
      <button
        type="button"
        aria-label={t("filter.remove", { name: `${t(`by.${name}`)}: ${text}` })}
        onClick={() => onChange(undefined)}
        className="inline-flex h-9 max-w-60 items-center gap-1.5 rounded-control border border-border bg-accent-soft px-3 text-sm text-accent-text hover:border-accent"
      >
        <bdi className="truncate">{text}</bdi>
        <X size={14} aria-hidden className="shrink-0" />
      </button>
    );
  return (
    <Select
      label={t("filter.any", { name: t(`by.${name}`) })}
      value={undefined}
      onChange={onChange}
      disabled={data.length === 0}
      isSearchable={data.length > 10}
      options={data.map((one) => ({ value: one.value, text: <bdi>{one.text}</bdi>, name: one.text }))}
    />
  );
}

function DaysDialog({ onClose, onChoose }: { onClose: () => void; onChoose: (from: string, to: string) => void }) {
  const { t } = useTranslation("usage");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const isWhole = from !== "" && to !== "" && from <= to;
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("range.days")}
      footer={
        <Button type="submit" form="days" tone="primary" disabled={!isWhole}>
          {t("range.show")}
        </Button>
      }
    >
      <form
        id="days"
        className="grid gap-4 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isWhole) return;
          onChoose(from, to);
          onClose();
        }}
      >
        <Field label={t("range.from")}>
          {(own) => (
            <Input {...own} isCode type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
          )}
        </Field>
        <Field label={t("range.to")}>
          {(own) => (
            <Input {...own} isCode type="date" value={to} min={from} onChange={(event) => setTo(event.target.value)} />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

function TagDialog({ onClose, onChoose }: { onClose: () => void; onChoose: (name: string) => void }) {
  const { t } = useTranslation("usage");
  const [name, setName] = useState("");
  const isTag = /^[\w.-]{1,64}$/.test(name);
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("by.tagAsk")}
      footer={
        <Button type="submit" form="tag-name" tone="primary" disabled={!isTag}>
          {t("range.show")}
        </Button>
      }
    >
      <form
        id="tag-name"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isTag) return;
          onChoose(name);
          onClose();
        }}
      >
        <Field label={t("by.tagName")} hint={t("by.tagHint")}>
          {(own) => <Input {...own} isCode value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </form>
    </Dialog>
  );
}
