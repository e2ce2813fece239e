import { ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { useRef, useState, type ReactNode } from "react";
import { cx } from "./cx.ts";
import type { FieldControl } from "./field.tsx";
import { Listbox, nameOf, type Option } from "./listbox.tsx";

/** One of several options in a list below a button; `isSearchable` where there are more than about ten. */
export function Select<Value extends string>({
  value,
  onChange,
  options,
  label,
  placeholder,
  isSearchable = false,
  disabled = false,
  icon,
  className,
  ...field
}: {
  value: Value | undefined;
  onChange: (value: Value) => void;
  options: readonly Option<Value>[];
  /** Names it for screen readers where no Field does. */
  label: string;
  placeholder?: ReactNode;
  isSearchable?: boolean;
  disabled?: boolean;
  icon?: ReactNode;
  className?: string;
} & Partial<FieldControl>) {
  const [isOpen, setOpen] = useState(false);
  const content = useRef<HTMLDivElement>(null);
  const chosen = options.find((option) => option.value === value);
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button
          type="button"
          aria-haspopup="listbox"
          {...(field.id === undefined && {
            "aria-label": chosen ? `${label}: ${nameOf(chosen)}` : label,
          })}
          disabled={disabled}
          onKeyDown={(event) => {
            if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
            event.preventDefault();
            setOpen(true);
          }}
          className={cx(
            "inline-flex h-9 min-w-0 items-center gap-2 rounded-control border border-border-strong bg-surface ps-3 pe-2 text-start text-sm transition-colors duration-150",
            "hover:border-muted disabled:cursor-not-allowed disabled:opacity-55 aria-invalid:border-bad",
            className,
          )}
          {...field}
        >
          {icon != null && <span className="shrink-0 text-muted">{icon}</span>}
          <span className={cx("min-w-0 flex-1 truncate", !chosen && "text-muted")}>
            {chosen?.text ?? placeholder ?? label}
          </span>
          <ChevronDown size={16} aria-hidden className="shrink-0 text-muted" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          ref={content}
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            content.current?.querySelector<HTMLElement>("[data-keys]")?.focus();
          }}
          className="z-50 flex max-h-[min(22rem,var(--radix-popover-content-available-height))] max-w-[min(28rem,calc(100vw-1rem))] min-w-[max(12rem,var(--radix-popover-trigger-width))] animate-appear flex-col rounded-card border border-border bg-raised shadow-pop"
        >
          <Listbox
            label={label}
            options={options}
            value={value}
            isSearchable={isSearchable}
            onChoose={(next) => {
              setOpen(false);
              onChange(next);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
