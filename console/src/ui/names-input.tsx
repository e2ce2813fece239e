import { X } from "lucide-react";
import { useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { FieldControl } from "./field.tsx";

/** Several names, typed or picked from suggestions: Enter or a comma adds one, Backspace in the empty field takes the last away. */
export function NamesInput({
  names,
  onChange,
  suggestions = [],
  placeholder,
  label,
  ...field
}: {
  names: readonly string[];
  onChange: (names: readonly string[]) => void;
  suggestions?: readonly string[];
  placeholder?: string;
  /** Names the list of what was added for screen readers. */
  label: string;
} & Partial<FieldControl>) {
  const { t } = useTranslation("ui");
  const listId = useId();
  const [typed, setTyped] = useState("");
  const add = (text: string) => {
    const added = text.split(/[\s,]+/).filter((name) => name !== "" && !names.includes(name));
    if (added.length > 0) onChange([...names, ...new Set(added)]);
    setTyped("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if ((event.key === "Enter" || event.key === ",") && typed.trim() !== "") {
      event.preventDefault();
      add(typed);
    } else if (event.key === "Backspace" && typed === "" && names.length > 0) onChange(names.slice(0, -1));
  };
  return (
    <div className="flex min-h-9 w-full min-w-0 flex-wrap items-center gap-1.5 rounded-control border border-border-strong bg-surface px-1.5 py-1 focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/35 hover:border-muted">
      {names.length > 0 && (
        <ul aria-label={label} className="contents">
          {names.map((name) => (
            <li
              key={name}
              className="inline-flex max-w-full items-center gap-0.5 rounded-[6px] bg-sunken ps-2 text-[0.8125rem]"
            >
              <span className="ltr truncate font-mono">{name}</span>
              <button
                type="button"
                aria-label={t("remove", { name })}
                onClick={() => onChange(names.filter((one) => one !== name))}
                className="inline-flex size-6 shrink-0 items-center justify-center rounded-[6px] text-muted hover:text-text"
              >
                <X size={13} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <input
        {...field}
        {...(field.id === undefined && { "aria-label": label })}
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        list={suggestions.length > 0 ? listId : undefined}
        placeholder={names.length === 0 ? placeholder : undefined}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => add(typed)}
        className="h-6 min-w-24 flex-1 bg-transparent px-1.5 font-mono text-[0.8125rem] outline-none"
      />
      {suggestions.length > 0 && (
        <datalist id={listId}>
          {suggestions
            .filter((name) => !names.includes(name))
            .map((name) => (
              <option key={name} value={name} />
            ))}
        </datalist>
      )}
    </div>
  );
}
