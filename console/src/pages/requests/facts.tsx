import type { ReactNode } from "react";

/** Names with their values, in two columns where there is room. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid gap-x-6 gap-y-2.5 text-sm sm:grid-cols-2">
      {facts.map(([name, value]) => (
        <div key={name} className="flex min-w-0 items-baseline justify-between gap-3 border-b border-border pb-2">
          <dt className="shrink-0 text-muted">{name}</dt>
          <dd className="min-w-0 text-end break-words tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
