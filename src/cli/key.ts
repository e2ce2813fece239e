import { InvalidArgumentError, type Command } from "commander";
import type { Client } from "./client.ts";
import { formatTable, print, printError, printJson } from "./print.ts";

interface Key {
  id: string;
  name: string;
  project: string;
  role: string;
  prefix: string;
  created_at: string;
  expires_at: string | null;
  status: string;
}

export function addKey(program: Command, client: () => Client): void {
  const key = program.command("key").description("create, list and revoke keys");

  key
    .command("create")
    .description("create a key; it is shown only once")
    .argument("<name>", "what or whom the key is for")
    .option("-p, --project <project>", "the project that pays", "default")
    .option(
      "-r, --role <role>",
      "what it is good for: user, to call models, or metrics, to read /metrics alone",
      "user",
    )
    .option("-e, --expires <time>", "when it expires: 30d, 12h, or a date such as 2027-01-31", parseExpiry)
    .option("--json", "print id and key as JSON")
    .action(async (name: string, options: { project: string; role: string; expires?: string; json?: boolean }) => {
      const body = {
        name,
        project: options.project,
        role: options.role,
        ...(options.expires === undefined ? {} : { expires_at: options.expires }),
      };
      const created = await client().json<{ id: string; key: string }>("/admin/v1/keys", { body });
      if (options.json) {
        printJson(created);
        return;
      }
      print(created.key);
      printError(`Key ${created.id} of project ${options.project}. It is stored only as a hash: keep it now.`);
    });

  key
    .command("list")
    .description("list all keys; only their first characters are shown")
    .option("--json", "print them as JSON")
    .action(async (options: { json?: boolean }) => {
      const { keys } = await client().json<{ keys: Key[] }>("/admin/v1/keys");
      if (options.json) printJson(keys);
      else if (keys.length === 0) print("No keys yet. Create one with: sahab key create NAME");
      else {
        const rows = keys.map((row) => [
          row.id,
          row.name,
          row.project,
          row.role,
          `${row.prefix}…`,
          row.status,
          row.created_at.slice(0, 16),
          row.expires_at?.slice(0, 16) ?? "never",
        ]);
        print(formatTable(["ID", "NAME", "PROJECT", "ROLE", "KEY", "STATUS", "CREATED", "EXPIRES"], rows));
      }
    });

  key
    .command("revoke")
    .description("revoke a key for good; requests with it are refused within seconds")
    .argument("<id>", "the key's id, as sahab key list shows it")
    .option("--json", "print the outcome as JSON")
    .action(async (id: string, options: { json?: boolean }) => {
      const revoked = await client().json<{ id: string }>(`/admin/v1/keys/${encodeURIComponent(id)}`, {
        method: "DELETE",
      });
      if (options.json) printJson(revoked);
      else print(`Revoked ${revoked.id}.`);
    });
}

const unitsMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseExpiry(text: string): string {
  const span = /^(\d{1,6})([mhd])$/.exec(text);
  const time = span ? Date.now() + Number(span[1]) * (unitsMs[span[2] ?? ""] ?? 0) : Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError("Allowed: a span such as 30d, 12h or 90m, or a date such as 2027-01-31.");
  return new Date(time).toISOString();
}
