import { useSyncExternalStore } from "react";
import { readSetting, writeSetting } from "./settings-kept.ts";

/** What the user has chosen; `system` follows the device. */
export type ThemeChoice = "system" | "light" | "dark";

const darkDevice = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice = parse(readSetting("theme"));

/** Sets the page's colours now and whenever the device changes its own. */
export function startTheme(): void {
  apply();
  darkDevice.addEventListener("change", apply);
}

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  writeSetting("theme", next === "system" ? undefined : next);
  apply();
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, () => choice);
}

function apply(): void {
  const isDark = choice === "system" ? darkDevice.matches : choice === "dark";
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function parse(kept: string | undefined): ThemeChoice {
  return kept === "light" || kept === "dark" ? kept : "system";
}
