import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../base/environment.ts";
import type { Finding } from "../../base/finding.ts";
import { dataFolder } from "../data-folder.ts";

const shownMax = 10;

/** What other users of this machine could read. */
export function checkFiles(settings: Pick<Environment, "dataDir" | "tls" | "clientTls">): Finding[] {
  const { path } = dataFolder(settings.dataDir);
  const keyFiles = [settings.tls?.keyFile, settings.clientTls?.keyFile].filter((file) => file !== undefined);
  const open = [
    ...listFiles(path).flatMap((file) => describeOpen(file, 0o077)),
    // A group of its own is how services share a certificate's key.
    ...keyFiles.flatMap((file) => describeOpen(file, 0o007)),
  ];
  if (open.length === 0)
    return [{ check: "file modes", status: "ok", detail: "keys and records are for this user only" }];
  const more = open.length > shownMax ? `, and ${open.length - shownMax} more` : "";
  return [
    {
      check: "file modes",
      status: "warning",
      detail: `other users may read ${open.slice(0, shownMax).join(", ")}${more}; chmod go-rwx them`,
    },
  ];
}

/** Keys, the database and its helpers. Folders below have modes of their own, and models may be public. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function describeOpen(path: string, forbidden: number): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return !stat || (stat.mode & forbidden) === 0 ? [] : [`${path} (mode ${(stat.mode & 0o777).toString(8)})`];
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
      },
    ];
  return [
    {
      check: "environment",
      status: "warning",
      detail: `${named.join(" and ")} ${named.length === 1 ? "is" : "are"} in the environment, which programs of the same user can read; the data folder keeps keys in files of mode 0600 where ${named.length === 1 ? "it is" : "they are"} not set`,
    },
  ];
}

const networkDisks =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|fuse\.(?:sshfs|s3fs|rclone|gcsfuse|glusterfs))$/;

/** On a network's disk, locks may not hold and whoever serves it reads everything. Undefined where the system does not tell. */
export function checkNetworkDisk(folder: string, mounts = readMounts()): Finding[] {
  const path = realPath(folder);
  const place = mounts
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

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

interface Mount {
  at: string;
  type: string;
}

function readMounts(): Mount[] {
  try {
    return readFileSync("/proc/self/mounts", "utf8")
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
