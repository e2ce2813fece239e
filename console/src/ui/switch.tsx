import { Switch as Radix } from "radix-ui";
import { useId, type ReactNode } from "react";

export function Switch({
  label,
  hint,
  checked,
  onChange,
  disabled = false,
}: {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        aria-describedby={hint == null ? undefined : `${id}-hint`}
        className="mt-px h-5 w-9 shrink-0 rounded-full border border-transparent bg-border-strong transition-colors duration-150 disabled:opacity-55 data-[state=checked]:bg-accent"
      >
        <Radix.Thumb className="block size-4 translate-x-px rounded-full bg-surface shadow-card transition-transform duration-150 data-[state=checked]:translate-x-[17px] rtl:-translate-x-px rtl:data-[state=checked]:-translate-x-[17px]" />
      </Radix.Root>
      <div className="grid gap-0.5">
        <label htmlFor={id} className="text-sm">
          {label}
        </label>
        {hint != null && (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
