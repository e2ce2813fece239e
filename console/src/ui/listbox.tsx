import { Check, Search } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx.ts";

export interface Option<Value extends string> {
  value: Value;
  text: ReactNode;
  /** The text for search and typing, where `text` is no string. */
  name?: string;
  /** A second line. */
  hint?: ReactNode;
  disabled?: boolean;
}

/** The list of a Select: arrows, Home, End and Enter work, and typing finds by the beginning, or anywhere with the search. */
export function Listbox<Value extends string>({
  label,
  options,
  value,
  onChoose,
  isSearchable,
}: {
  label: string;
  options: readonly Option<Value>[];
  value: Value | undefined;
  onChoose: (value: Value) => void;
  isSearchable: boolean;
}) {
  const { t } = useTranslation("ui");
  const id = useId();
  const [sought, setSought] = useState("");
  const shown =
    sought === "" ? options : options.filter((it) => nameOf(it).toLowerCase().includes(sought.toLowerCase()));
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      options.findIndex((it) => it.value === value),
    ),
  );
  const list = useRef<HTMLUListElement>(null);
  const typed = useRef({ text: "", atMs: 0 });

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const move = (to: number) => setActive(Math.min(shown.length - 1, Math.max(0, to)));
  const choose = (option: Option<Value> | undefined) => {
    if (option && option.disabled !== true) onChoose(option.value);
  };
  const findTyped = (letter: string) => {
    const now = performance.now();
    const text = (now - typed.current.atMs > typingMs ? "" : typed.current.text) + letter.toLowerCase();
    typed.current = { text, atMs: now };
    const found = shown.findIndex((it) => nameOf(it).toLowerCase().startsWith(text));
    if (found >= 0) setActive(found);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") move(active + 1);
    else if (event.key === "ArrowUp") move(active - 1);
    else if (event.key === "Home" && !isSearchable) move(0);
    else if (event.key === "End" && !isSearchable) move(shown.length - 1);
    else if (event.key === "Enter" || (event.key === " " && !isSearchable)) choose(shown[active]);
    else {
      if (!isSearchable && event.key.length === 1) findTyped(event.key);
      return;
    }
    event.preventDefault();
  };
  const keys = {
    "data-keys": "",
    "aria-label": label,
    "aria-activedescendant": shown[active] ? `${id}-${active}` : undefined,
    onKeyDown,
  };
  return (
    <>
      {isSearchable && (
        <div className="flex items-center gap-2 border-b border-border px-3">
          <Search size={15} aria-hidden className="shrink-0 text-muted" />
          <input
            role="combobox"
            aria-expanded
            aria-controls={id}
            autoComplete="off"
            placeholder={t("search")}
            value={sought}
            onChange={(event) => {
              setSought(event.target.value);
              setActive(0);
            }}
            className="h-9 min-w-0 flex-1 bg-transparent text-sm outline-none"
            {...keys}
          />
        </div>
      )}
      {shown.length === 0 && <p className="px-3 py-4 text-center text-sm text-muted">{t("nothingFound")}</p>}
      <ul
        ref={list}
        id={id}
        role="listbox"
        aria-label={label}
        className="min-h-0 flex-1 overflow-y-auto p-1 outline-none"
        {...(!isSearchable && { tabIndex: 0, ...keys })}
      >
        {shown.map((option, index) => (
          // The list itself has the keys.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={option.value}
            id={`${id}-${index}`}
            role="option"
            aria-selected={option.value === value}
            aria-disabled={option.disabled}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(option)}
            className={cx(
              "flex cursor-pointer items-center gap-2.5 rounded-[6px] px-2.5 py-1.5 text-sm select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-55",
              index === active && "bg-sunken",
            )}
          >
            <div className="min-w-0 flex-1">
              <div className="truncate">{option.text}</div>
              {option.hint != null && <div className="truncate text-xs text-muted">{option.hint}</div>}
            </div>
            {option.value === value && <Check size={15} aria-hidden className="shrink-0 text-accent-text" />}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Letters typed within this time belong to one word. */
const typingMs = 700;

/** An option in words, for search and screen readers. */
export function nameOf({ name, text, value }: Option<string>): string {
  return name ?? (typeof text === "string" ? text : value);
}
