import { existsSync, statSync } from "node:fs";
import type { Environment } from "../../base/environment.ts";
import type { Finding } from "../../base/finding.ts";
import { dataFolder } from "../data-folder.ts";

/** Of a key what is looked at, as the admin API gives it. */
interface Key {
  id: string;
  name: string;
  status: string;
  role: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

const dayMs = 86_400_000;
/** What a key may do that has been seen by somebody, it can do for as long. */
const adminDaysMax = 180;
const unusedDaysMax = 90;
const shownMax = 10;

/** What is wrong with keys by their age, each with the command that mends it. */
export function checkKeys(keys: readonly Key[], nowMs: number): Finding[] {
  const days = (time: string) => Math.floor((nowMs - Date.parse(time)) / dayMs);
  const active = keys.filter(({ status }) => status === "active");
  const oldAdmins = active.filter(({ role, created_at }) => role === "admin" && days(created_at) > adminDaysMax);
  const unused = active.filter(
    ({ expires_at, last_used_at, created_at }) =>
      expires_at === null && days(last_used_at ?? created_at) > unusedDaysMax,
  );
  const details = [
    ...oldAdmins.map(
      ({ id, name, created_at }) =>
        `${id} (${name}) of role admin is ${days(created_at)} days old; replace it: sahab key rotate ${id}`,
    ),
    ...unused.map(
      ({ id, name, last_used_at, created_at }) =>
        `${id} (${name}) never expires and has not been used for ${days(last_used_at ?? created_at)} days; revoke it: sahab key revoke ${id} (or let it end: sahab key edit ${id} --expires 30d)`,
    ),
  ];
  if (details.length === 0)
    return [
      {
        check: "keys",
        status: "ok",
        detail: `${active.length} active`,
        told: { code: "keysActive", values: { number: String(active.length) } },
      },
    ];
  const more = details.length - shownMax;
  return [...details.slice(0, shownMax), ...(more > 0 ? [`and ${more} more like these: sahab key list`] : [])].map(
    (detail) => ({ check: "keys", status: "warning", detail }),
  );
}

/** The age of the generated admin key is that of its file. */
export function checkAdminKeyFile(
  { adminKey, dataDir }: Pick<Environment, "adminKey" | "dataDir">,
  nowMs: number,
): Finding[] {
  const file = dataFolder(dataDir).adminKeyFile;
  if (adminKey !== undefined || !existsSync(file)) return [];
  const days = Math.floor((nowMs - statSync(file).mtimeMs) / dayMs);
  const isOld = days > adminDaysMax;
  const advice = isOld ? "; replace it: sahab rotate admin --overlap 1h" : "";
  return [
    {
      check: "admin key",
      status: isOld ? "warning" : "ok",
      detail: `${file} is ${days} days old${advice}`,
      told: { code: isOld ? "adminKeyOld" : "adminKeyAge", values: { file, days: String(days) } },
    },
  ];
}
