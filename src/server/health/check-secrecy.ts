import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../base/environment.ts";
import type { Finding } from "../../base/finding.ts";
import { dataFolder } from "../data-folder.ts";

const shownMax = 10;

/** What other users of this machine could read. */
export async function checkFiles(settings: Pick<Environment, "dataDir" | "tls" | "clientTls">): Promise<Finding[]> {
  const { path } = dataFolder(settings.dataDir);
  const keyFiles = [settings.tls?.keyFile, settings.clientTls?.keyFile].filter((file) => file !== undefined);
  const found = await Promise.all([
    ...(await listFiles(path)).map((file) => describeOpen(file, 0o077)),
    // A group of its own is how services share a certificate's key.
    ...keyFiles.map((file) => describeOpen(file, 0o007)),
  ]);
  const open = found.filter((line) => line !== undefined);
  if (open.length === 0)
    return [
      {
        check: "file modes",
        status: "ok",
        detail: "keys and records are for this user only",
        told: { code: "filesClosed", values: {} },
      },
    ];
  const more = open.length > shownMax ? `, and ${open.length - shownMax} more` : "";
  return [
    {
      check: "file modes",
      status: "warning",
      detail: `other users may read ${open.slice(0, shownMax).join(", ")}${more}; chmod go-rwx them`,
      told: {
        code: "filesOpen",
        values: { files: `${open.slice(0, shownMax).join(", ")}${open.length > shownMax ? ", …" : ""}` },
      },
    },
  ];
}

/** Keys, the database and its helpers. Folders below have modes of their own, and models may be public. */
async function listFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

async function describeOpen(path: string, forbidden: number): Promise<string | undefined> {
  const mode = await readMode(path);
  return mode === undefined || (mode & forbidden) === 0 ? undefined : `${path} (mode ${(mode & 0o777).toString(8)})`;
}

/** Undefined where there is nothing. */
async function readMode(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** A process's environment can be read by all that runs as its user, and is often in unit files and container definitions. */
export function checkEnvironment(
  { keysInEnvironment: named }: Pick<Environment, "keysInEnvironment">,
  whose = "this command",
): Finding[] {
  if (named.length === 0)
    return [
      {
        check: "environment",
        status: "ok",
        detail: `neither SAHAB_ADMIN_KEY nor SAHAB_MASTER_KEY is in the environment of ${whose}`,
        told: { code: "environmentClean", values: {} },
      },
    ];
  return [
    {
      check: "environment",
      status: "warning",
      detail: `${named.join(" and ")} ${named.length === 1 ? "is" : "are"} in the environment, which programs of the same user can read; the data folder keeps keys in files of mode 0600 where ${named.length === 1 ? "it is" : "they are"} not set`,
      told: { code: "environmentKeys", values: { names: named.join(", ") } },
    },
  ];
}

const networkDisks =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|fuse\.(?:sshfs|s3fs|rclone|gcsfuse|glusterfs))$/;

/** On a network's disk, locks may not hold and whoever serves it reads everything. Undefined where the system does not tell. */
export async function checkNetworkDisk(folder: string, mounts?: readonly Mount[]): Promise<Finding[]> {
  const path = await realPath(folder);
  const place = (mounts ?? (await readMounts()))
    .filter(({ at }) => path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`))
    // Of two at one place the later one is seen.
    .reduce<Mount | undefined>((best, mount) => (best && best.at.length > mount.at.length ? best : mount), undefined);
  if (!place || !networkDisks.test(place.type)) return [];
  return [
    {
      check: "network disk",
      status: "warning",
      detail: `${path} is on a network disk (${place.type}): a database there may lose data, and who serves it can read it; name a folder of this machine with SAHAB_DATA`,
    },
  ];
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

interface Mount {
  at: string;
  type: string;
}

async function readMounts(): Promise<Mount[]> {
  try {
    return (await readFile("/proc/self/mounts", "utf8"))
      .split("\n")
      .map((line) => line.split(" "))
      .flatMap(([, at = "", type = ""]) =>
        at === ""
          ? []
          : [
              {
                at: at.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
                type,
              },
            ],
      );
  } catch {
    return [];
  }
}
