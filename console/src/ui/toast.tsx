import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./icon-button.tsx";

interface ToastEntry {
  id: number;
  text: string;
  tone: "good" | "bad";
}

const shownMs = 5_000;
const toastsMax = 3;
let entries: readonly ToastEntry[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Says in passing that something is done (or, with `bad`, failed where no place of the page can say it). */
export function toast(text: string, tone: "good" | "bad" = "good"): void {
  lastId += 1;
  set([...entries, { id: lastId, text, tone }].slice(-toastsMax));
}

/** Where toasts appear; once in the page. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => entries);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-50 flex flex-col items-center gap-2 px-4 md:bottom-6"
    >
      {shown.map((entry) => (
        <ToastCard key={entry.id} entry={entry} />
      ))}
    </div>
  );
}

function ToastCard({ entry: { id, text, tone } }: { entry: ToastEntry }) {
  const { t } = useTranslation("ui");
  useEffect(() => {
    const timer = setTimeout(() => dismiss(id), shownMs);
    return () => clearTimeout(timer);
  }, [id]);
  return (
    <div className="pointer-events-auto flex max-w-md animate-rise items-center gap-2.5 rounded-card border border-border bg-raised py-2 ps-3.5 pe-2 text-sm shadow-pop">
      {tone === "good" ? (
        <CircleCheck size={17} aria-hidden className="shrink-0 text-good" />
      ) : (
        <CircleAlert size={17} aria-hidden className="shrink-0 text-bad" />
      )}
      <span className="min-w-0">{text}</span>
      <IconButton size="small" label={t("close")} onClick={() => dismiss(id)}>
        <X size={15} aria-hidden />
      </IconButton>
    </div>
  );
}

function dismiss(id: number): void {
  set(entries.filter((entry) => entry.id !== id));
}

function set(next: readonly ToastEntry[]): void {
  entries = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
