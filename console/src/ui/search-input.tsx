import { Search } from "lucide-react";
import { cx } from "./cx.ts";

/** Filters what is shown as one types. */
export function SearchInput({
  label,
  value,
  onChange,
  className,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
  className?: string;
}) {
  return (
    <div className={cx("relative min-w-0", className)}>
      <Search size={15} aria-hidden className="pointer-events-none absolute inset-y-0 start-3 my-auto text-muted" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        // Empty it follows the page, so that the words in its place do.
        dir={value === "" ? undefined : "auto"}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-9 w-full min-w-0 rounded-control border border-border-strong bg-surface px-9 text-sm transition-colors duration-150 hover:border-muted focus:border-accent focus:outline-2 focus:outline-offset-0 focus:outline-accent/35"
      />
    </div>
  );
}
