/** The name with its cloud. `isBare` shows the cloud alone. */
export function Logo({ isBare = false }: { isBare?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2.5">
      <svg viewBox="0 0 32 32" aria-hidden className="size-7 shrink-0 text-accent">
        <rect width="32" height="32" rx="8" fill="currentColor" />
        <path
          className="fill-on-accent"
          d="M10.5 23.5a5.25 5.25 0 0 1-.9-10.42 7.25 7.25 0 0 1 13.9 1.5 4.5 4.5 0 0 1-.75 8.92Z"
        />
      </svg>
      {!isBare && <span className="text-[1.0625rem] font-semibold tracking-tight">Sahab</span>}
    </span>
  );
}
