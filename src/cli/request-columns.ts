import type { ApiRecord } from "../ledger/index.ts";
import type { TableColumn } from "./fit-table.ts";
import { showDuration, showMoment } from "./show-time.ts";

/** As the admin API lists it. */
export type ListedRequest = ApiRecord & { key_name: string | null };

/** Enough for the time to the millisecond and a few of the characters behind it, so that hardly any two begin alike. */
const idChars = 19;

/** Where room is short the provider goes first, then how long it took. `usual` is a width for when rows come one by one. */
export const requestColumns: readonly (TableColumn & { usual: number })[] = [
  { title: "UTC", usual: 14 },
  { title: "ID", usual: 30, charsMin: idChars, cutAt: "end" },
  { title: "KEY", usual: 14, charsMin: 7 },
  { title: "MODEL", usual: 20, charsMin: 9 },
  { title: "PROVIDER", usual: 14, charsMin: 8, spare: 4 },
  { title: "STATUS", usual: 23, charsMin: 6, cutAt: "end" },
  { title: "TOKENS", usual: 11, spare: 2 },
  { title: "COST", usual: 16, spare: 1 },
  { title: "TOOK", usual: 7, spare: 3 },
];

export function requestCells(record: ListedRequest, isOfToday: (time: string) => boolean): string[] {
  const { time, id, provider, attempts, status, outcome, tokens, cost, currency, latency_ms: tookMs } = record;
  return [
    showMoment(time, "second").slice(isOfToday(time) ? "2026-11-27 ".length : "2026-".length),
    id,
    showKey(record),
    showModel(record),
    `${provider || "(none)"}${attempts > 1 ? ` (${attempts})` : ""}`,
    outcome === "ok" ? String(status) : `${status} ${outcome}`,
    `${tokens.input}+${tokens.output}`,
    cost === "0" ? "0" : `${cost} ${currency}`,
    showDuration(tookMs),
  ];
}

/** With the client's name for it, where that is another one. */
export function showModel({ model, asked_model: asked }: Pick<ListedRequest, "model" | "asked_model">): string {
  return asked === "" ? model || "(unknown)" : `${asked} → ${model || "(unknown)"}`;
}

/** By its name, where it has one. */
export function showKey({ key, key_name: name }: Pick<ListedRequest, "key" | "key_name">): string {
  return name ?? (key === "admin" ? "(admin)" : key);
}
