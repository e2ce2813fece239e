/** Names of what a browser remembers for its user. Nothing secret is kept here. */
type SettingName = "chat-label" | "chat-models" | "first-steps" | "language" | "theme";

/** Undefined where nothing is kept, or where the browser keeps nothing (some do not, in private windows). */
export function readSetting(name: SettingName): string | undefined {
  try {
    return localStorage.getItem(`sahab.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeSetting(name: SettingName, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`sahab.${name}`);
    else localStorage.setItem(`sahab.${name}`, value);
  } catch {
    // Not remembered then.
  }
}
