import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { resolveUserPath } from "../base/user-path.ts";

/** Where programs keep their settings for this user. */
export interface Places {
  platform: NodeJS.Platform;
  home: string;
  /** `~/.config`, or what XDG_CONFIG_HOME says. */
  configHome: string;
  /** `~/.local/share`, or what XDG_DATA_HOME says. */
  dataHome: string;
  /** Where the platform's own programs keep settings: `%APPDATA%`, `~/Library/Application Support`, else `configHome`. */
  appData: string;
  /** A path that a variable names, or the other one. */
  named(variable: string, otherwise: string): string;
  /** The folders in which commands are found. */
  commandPath: string;
}

export function findPlaces(
  variables: Record<string, string | undefined>,
  platform: NodeJS.Platform = process.platform,
): Places {
  const named = (variable: string, otherwise: string) => {
    const path = variables[variable]?.trim();
    return path ? resolveUserPath(path, variables) : otherwise;
  };
  const home = platform === "win32" ? named("USERPROFILE", homedir()) : named("HOME", homedir());
  // The XDG rules ignore a relative path.
  const xdg = (variable: string, otherwise: string) => {
    const path = variables[variable];
    return path && isAbsolute(path) ? path : otherwise;
  };
  const configHome = xdg("XDG_CONFIG_HOME", join(home, ".config"));
  const appData =
    platform === "win32"
      ? named("APPDATA", join(home, "AppData", "Roaming"))
      : platform === "darwin"
        ? join(home, "Library", "Application Support")
        : configHome;
  return {
    platform,
    home,
    configHome,
    dataHome: xdg("XDG_DATA_HOME", join(home, ".local", "share")),
    appData,
    named,
    commandPath: variables["PATH"] ?? variables["Path"] ?? "",
  };
}
