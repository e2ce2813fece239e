import type { Command } from "commander";
import { showText } from "../base/printable.ts";
import { CommandError, type Client } from "./client.ts";
import { confirm, refuseUnasked } from "./confirm.ts";
import { print, printJson } from "./print.ts";
import { showMoment } from "./show-time.ts";
import { findKey, keyHelp, nameOfKey, type Key, type ShownKey } from "./shown-key.ts";

export function addRevokeKey(key: Command, client: () => Client): void {
  key
    .command("revoke")
    .description("revoke a key for good; requests with it are refused within seconds")
    .argument("<key>", keyHelp)
    .option("-y, --yes", "do not ask")
    .option("--json", "print the outcome as JSON")
    .action(async (text: string, options: { yes?: boolean; json?: boolean }) => {
      const found = await findKey(client(), text);
      if (found.id !== text) await refuseTwins(client(), found);
      if (found.status === "revoked" && !options.json) return print(`${nameOfKey(found)} was revoked before.`);
      if (!options.yes) await askToRevoke(found);
      const revoked = await client().json<{ id: string }>(`/admin/v1/keys/${encodeURIComponent(found.id)}`, {
        method: "DELETE",
      });
      if (options.json) printJson(revoked);
      else print(`Revoked ${nameOfKey(found)}.`);
    });
}

/** While a rotated key is still good, its name means the one that took its place; whoever revokes may well mean the one that leaked. */
async function refuseTwins(client: Client, found: ShownKey): Promise<void> {
  const { keys } = await client.json<{ keys: Key[] }>("/admin/v1/keys");
  const good = keys.filter(({ name, status }) => name === found.name && status === "active");
  if (good.length < 2) return;
  const lines = good.map((key) => {
    const end = key.expires_at === null ? "" : `, good until ${showMoment(key.expires_at)}`;
    return `  ${key.id} (project ${key.project}${end}${key.replaced_by ? `, replaced by ${key.replaced_by}` : ""})`;
  });
  throw new CommandError(
    `Nothing was revoked: ${good.length} keys with the name ${showText(found.name)} are good; name one by its id:\n${lines.join("\n")}`,
  );
}

async function askToRevoke(key: ShownKey): Promise<void> {
  refuseUnasked({ outcome: "revoked", aim: `revoke ${nameOfKey(key)}`, command: `sahab key revoke ${key.id} --yes` });
  const used = key.last_used_at === null ? "not known to have been used" : `last used ${showMoment(key.last_used_at)}`;
  if (!(await confirm(`Revoke ${nameOfKey(key)} of project ${key.project}, ${used}? This cannot be undone.`)))
    throw new CommandError("Nothing was revoked.");
}
