import { Search, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useUsedNames, type NameGroup } from "../../api/use-used-names.ts";
import { Button } from "../../ui/button.tsx";
import { Input } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import {
  listFilters,
  spanNames,
  statusChoices,
  type ListFilter,
  type RequestsChanges,
  type RequestsSearch,
} from "./search.ts";

type Change = (changes: RequestsChanges) => void;

/** What narrows the list: each choice becomes a chip that takes it away again. */
export function FilterBar({ search, onChange }: { search: RequestsSearch; onChange: Change }) {
  const { t } = useTranslation("requests");
  const add = (name: ListFilter, value: string) => onChange({ [name]: [...new Set([...(search[name] ?? []), value])] });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchField onChange={onChange} />
        <Select
          label={t("filter.span")}
          value={search.span ?? "all"}
          onChange={(span) => onChange({ span: span === "all" ? undefined : span })}
          options={[
            { value: "all" as const, text: t("span.all") },
            ...spanNames.map((value) => ({ value, text: t(`span.${value}`) })),
          ]}
        />
        <Select
          label={t("filter.status")}
          value={undefined}
          onChange={(value) => add("status", value)}
          options={statusChoices.map((value) => ({ value, text: t(`status.${value}`) }))}
        />
        <NameSelect group="model" onChoose={(value) => add("model", value)} />
        <NameSelect group="project" onChoose={(value) => add("project", value)} />
        <NameSelect group="key" onChoose={(key) => onChange({ key })} />
        <NameSelect group="provider" onChoose={(value) => add("provider", value)} />
        <BoundSelect onChange={onChange} />
      </div>
      <Chips search={search} onChange={onChange} />
    </div>
  );
}

/** Ids open a story; anything else is the name of a key. */
function SearchField({ onChange }: { onChange: Change }) {
  const { t } = useTranslation("requests");
  const [text, setText] = useState("");
  return (
    <form
      role="search"
      className="relative w-full sm:w-56"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim();
        if (wanted === "") return;
        onChange(/^(?:req|batch|resp)_/.test(wanted) ? { id: wanted } : { key: wanted });
        setText("");
      }}
    >
      <Search size={15} aria-hidden className="pointer-events-none absolute start-3 top-2.5 text-muted" />
      <Input
        type="search"
        aria-label={t("filter.search")}
        placeholder={t("filter.search")}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="ps-9 pe-3"
      />
    </form>
  );
}

function NameSelect({ group, onChoose }: { group: NameGroup; onChoose: (value: string) => void }) {
  const { t } = useTranslation("requests");
  const { data = [] } = useUsedNames(group);
  return (
    <Select
      label={t(`filter.${group}`)}
      value={undefined}
      onChange={onChoose}
      isSearchable={data.length > 10}
      disabled={data.length === 0}
      options={data.map(({ value, text }) => ({ value, text: <bdi>{text}</bdi>, name: text }))}
    />
  );
}

const costs = ["0.01", "0.1", "1"];
const latenciesMs = [1_000, 5_000, 30_000];

function BoundSelect({ onChange }: { onChange: Change }) {
  const { t } = useTranslation("requests");
  return (
    <Select
      label={t("filter.more")}
      value={undefined}
      onChange={(value) => {
        const [name, bound = ""] = value.split(" ");
        onChange(name === "cost" ? { cost: bound } : { latency: Number(bound) });
      }}
      options={[
        ...costs.map((cost) => ({ value: `cost ${cost}`, text: t("chip.cost", { cost }) })),
        ...latenciesMs.map((ms) => ({ value: `latency ${ms}`, text: t("chip.latency", { seconds: ms / 1_000 }) })),
      ]}
    />
  );
}

function Chips({ search, onChange }: { search: RequestsSearch; onChange: Change }) {
  const { t } = useTranslation("requests");
  const { data: keys = [] } = useUsedNames("key");
  const chips: { id: string; text: string; without: RequestsChanges }[] = [];
  for (const name of listFilters)
    for (const value of search[name] ?? []) {
      const rest = search[name]?.filter((other) => other !== value) ?? [];
      const shown = name === "status" ? (statusChoices.find((one) => one === value) ?? value) : value;
      const text = `${t(`filter.${name}`)}: ${isStatusChoice(shown) && name === "status" ? t(`status.${shown}`) : shown}`;
      chips.push({ id: `${name} ${value}`, text, without: { [name]: rest.length > 0 ? rest : undefined } });
    }
  const single = (name: "key" | "user" | "tag" | "cost" | "latency", text: string) =>
    search[name] !== undefined && chips.push({ id: name, text, without: { [name]: undefined } });
  const keyName = keys.find(({ value }) => value === search.key)?.text ?? search.key ?? "";
  single("key", `${t("filter.key")}: ${keyName}`);
  single("user", `${t("filter.user")}: ${search.user ?? ""}`);
  single("tag", `${t("filter.tag")}: ${search.tag ?? ""}`);
  single("cost", t("chip.cost", { cost: search.cost ?? "" }));
  single("latency", t("chip.latency", { seconds: (search.latency ?? 0) / 1_000 }));
  if (chips.length === 0) return null;
  const none = Object.fromEntries(
    ["key", "user", "tag", "cost", "latency", "span", ...listFilters].map((name) => [name, undefined]),
  );
  return (
    <ul className="flex flex-wrap items-center gap-2" aria-label={t("filter.chosen")}>
      {chips.map(({ id, text, without }) => (
        <li key={id}>
          <button
            type="button"
            onClick={() => onChange(without)}
            aria-label={t("chip.remove", { filter: text })}
            className="inline-flex max-w-72 items-center gap-1.5 rounded-full border border-border bg-accent-soft px-2.5 py-1 text-xs font-medium text-accent-text hover:border-accent"
          >
            <bdi className="truncate">{text}</bdi>
            <X size={13} aria-hidden className="shrink-0" />
          </button>
        </li>
      ))}
      <li>
        <Button tone="quiet" size="small" onClick={() => onChange(none)}>
          {t("filter.clear")}
        </Button>
      </li>
    </ul>
  );
}

function isStatusChoice(text: string): text is (typeof statusChoices)[number] {
  return (statusChoices as readonly string[]).includes(text);
}
