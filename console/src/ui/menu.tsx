import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** A menu below its trigger, which must be a button. */
export function Menu({
  trigger,
  children,
  align = "end",
  side = "bottom",
}: {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  side?: "bottom" | "top";
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-[min(28rem,var(--radix-dropdown-menu-content-available-height))] min-w-44 animate-appear overflow-y-auto rounded-card border border-border bg-raised p-1 shadow-pop"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const row =
  "flex min-h-8 cursor-pointer items-center gap-2.5 rounded-[6px] px-2.5 py-1.5 text-sm outline-none select-none data-disabled:cursor-not-allowed data-disabled:opacity-55";

export function MenuItem({
  icon,
  children,
  onSelect,
  isDanger = false,
  disabled = false,
}: {
  icon?: ReactNode;
  children: ReactNode;
  onSelect: () => void;
  isDanger?: boolean;
  disabled?: boolean;
}) {
  return (
    <Radix.Item
      disabled={disabled}
      onSelect={onSelect}
      className={cx(row, isDanger ? "text-bad data-highlighted:bg-bad-soft" : "data-highlighted:bg-sunken")}
    >
      {icon != null && <span className={cx("shrink-0", !isDanger && "text-muted")}>{icon}</span>}
      {children}
    </Radix.Item>
  );
}

/** One of several, of which one is chosen. */
export function MenuChoice<Value extends string>({
  value,
  onChange,
  label,
  options,
}: {
  value: Value;
  onChange: (value: Value) => void;
  label: string;
  options: readonly { value: Value; text: ReactNode; icon?: ReactNode; lang?: string }[];
}) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as Value)} aria-label={label}>
      <Radix.Label className="px-2.5 pt-1.5 pb-1 text-xs font-medium text-muted">{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem
          key={option.value}
          value={option.value}
          lang={option.lang}
          className={cx(row, "data-highlighted:bg-sunken")}
        >
          {option.icon != null && <span className="shrink-0 text-muted">{option.icon}</span>}
          <span className="flex-1">{option.text}</span>
          <Radix.ItemIndicator>
            <Check size={15} aria-hidden className="text-accent-text" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-border" />;
}
