import { realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { SahabError } from "../base/errors.ts";
import type { Hubs } from "../base/hub-settings.ts";
import type { ProxySettings } from "../base/proxy-address.ts";

/** Where models may come from. The machine's owner says it in the environment, never the admin API. */
export interface ModelSources {
  /** Sahab's own folder of models; its files may always be named. */
  modelsDir: string;
  /** Other folders whose files may be named over the network. */
  folders: readonly string[];
  /** Hosts that may be in a private network, as NO_PROXY lists hosts. */
  hosts: string;
  hubs: Hubs;
  proxies: ProxySettings;
  /** The caller is the machine's owner, who may name any file. */
  isOwner: boolean;
}

/**
 * The real path of a file that may be named. Throws `invalid_request` where it is in no folder from which files may be named,
 * with the same words whether it exists or not. Links are followed first, so that one cannot lead out of a folder.
 */
export function requireAllowedPath(sources: ModelSources, path: string): string {
  const real = realPath(resolve(path));
  if (sources.isOwner) return real ?? resolve(path);
  const folders = [sources.modelsDir, ...sources.folders];
  if (real !== undefined && folders.some((folder) => isWithin(realPath(resolve(folder)), real))) return real;
  // Within an allowed folder it may be said that there is no such file.
  const isPlainlyWithin = folders.some((folder) => isWithin(resolve(folder), resolve(path)));
  if (real === undefined && isPlainlyWithin) return resolve(path);
  throw new SahabError(
    "invalid_request",
    `${path} is in no folder from which models may be taken: ${folders.join(", ")}. The owner of this machine lists more in SAHAB_MODEL_FOLDERS, or runs the command on it, with the data folder`,
  );
}

/** The path of a model's file: a name is a file in Sahab's own folder, an absolute path is taken as it is. */
export function modelFilePath(modelsDir: string, file: string): string {
  return isAbsolute(file) ? file : join(modelsDir, file);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isWithin(folder: string | undefined, path: string): boolean {
  if (folder === undefined) return false;
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..";
}
