import { InvalidArgumentError, type Command } from "commander";
import { CommandError, type Client } from "./client.ts";
import { parseExpiry, parseSeconds } from "./parse-span.ts";
import { describeAccounts, type Account } from "./describe-account.ts";
import { addTermsOptions, readTerms, type TermsOptions } from "./key-terms.ts";
import { bound, none, orNone, type OrNone } from "./or-none.ts";
import { formatTable, print, printError, printJson } from "./print.ts";

/** As the admin API shows it. */
export interface Key {
  id: string;
  name: string;
  project: string;
  role: string;
  prefix: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  status: string;
  models: string[] | null;
  addresses: string[] | null;
  terms: { limits?: object };
}

/** As `show` gets it. */
interface ShownKey extends Key {
  accounts: Account[];
  last_refusal: { time: string; request_id: string; code: string; message: string } | null;
}

/** What becomes of a key that is rotated. */
export interface OldKey {
  id: string;
  expires_at: string;
}

const idHelp = "the key's id, as sahab key list shows it";
const keyHelp = "the key's id, or its name where no other key has it";
const modelsHelp = "models that it may call, with commas between them; a * at the end stands for any rest";
const addressesHelp = "addresses and ranges that it is good from: 10.0.0.7,10.1.0.0/16,fd00::/8";
const expiresHelp = "when it expires: 30d, 12h, or a date such as 2027-01-31";

export function addKey(program: Command, client: () => Client): void {
  const key = program.command("key").description("create, list, change, rotate and revoke keys");
  addCreate(key, client);
  addList(key, client);
  addShow(key, client);
  addEdit(key, client);
  addRotateKey(key, client);
  addRevoke(key, client);
}

function addCreate(key: Command, client: () => Client): void {
  addTermsOptions(key.command("create"))
    .description("create a key; it is shown only once")
    .argument("<name>", "what or whom the key is for")
    .option("-p, --project <project>", "the project that pays", "default")
    .option(
      "-r, --role <role>",
      "what it is good for: user, to call models; metrics, to read /metrics alone; or admin, for everything",
      "user",
    )
    .option("-e, --expires <time>", expiresHelp, parseExpiry)
    .option("-m, --models <list>", modelsHelp, parseList)
    .option("-a, --addresses <list>", addressesHelp, parseList)
    .option("--json", "print id and key as JSON")
    .action(
      async (
        name: string,
        options: {
          project: string;
          role: string;
          expires?: string;
          models?: string[];
          addresses?: string[];
          json?: boolean;
        } & TermsOptions,
      ) => {
        const { project, role, expires, models, addresses } = options;
        const body = { name, project, role, expires_at: expires, models, addresses, ...readTerms(options) };
        const created = await client().json<{ id: string; key: string; warnings: string[] }>("/admin/v1/keys", {
          body,
        });
        if (options.json) {
          printJson(created);
          return;
        }
        print(created.key);
        for (const warning of created.warnings) printError(`warning: ${warning}`);
        printError(`Key ${created.id} of project ${project}. It is stored only as a hash: keep it now.`);
      },
    );
}

function addList(key: Command, client: () => Client): void {
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
          row.last_used_at?.slice(0, 16) ?? "",
        ]);
        print(formatTable(["ID", "NAME", "PROJECT", "ROLE", "KEY", "STATUS", "CREATED", "EXPIRES", "LAST USED"], rows));
      }
    });
}

function addShow(key: Command, client: () => Client): void {
  key
    .command("show")
    .description(
      "show all that is known of a key: its budgets and limits, what is left, and what last stopped a request",
    )
    .argument("<key>", keyHelp)
    .option("--json", "print it as JSON")
    .action(async (id: string, options: { json?: boolean }) => {
      const shown = await client().json<ShownKey>(`/admin/v1/keys/${encodeURIComponent(id)}`);
      if (options.json) return printJson(shown);
      const { accounts, last_refusal: refusal, ...plain } = shown;
      show(plain, false);
      print(describeAccounts(accounts));
      if (refusal) print(`\nLast refusal, at ${refusal.time} (${refusal.request_id}):\n  ${refusal.message}`);
    });
}

function addEdit(key: Command, client: () => Client): void {
  addTermsOptions(key.command("edit"))
    .description(`change a key's name and bounds; the value ${none} takes a bound away`)
    .argument("<key>", keyHelp)
    .option("-n, --name <name>", "what or whom it is for")
    .option("-e, --expires <time>", expiresHelp, orNone(parseExpiry))
    .option("-m, --models <list>", modelsHelp, orNone(parseList))
    .option("-a, --addresses <list>", addressesHelp, orNone(parseList))
    .option("--json", "print the key as it is then as JSON")
    .action(
      async (
        id: string,
        options: {
          name?: string;
          expires?: string;
          models?: OrNone<string[]>;
          addresses?: OrNone<string[]>;
          json?: boolean;
        } & TermsOptions,
      ) => {
        const { name, expires, models, addresses } = options;
        const plain = { name, expires_at: bound(expires), models: bound(models), addresses: bound(addresses) };
        if (Object.values({ ...plain, ...readTerms(options) }).every((value) => value === undefined))
          throw new CommandError(
            "Nothing to change was given: name one of --name, --expires, --models, --addresses, --budget, --rpm, --tpm, --concurrency, --session-budget",
          );
        const before = await client().json<ShownKey>(`/admin/v1/keys/${encodeURIComponent(id)}`);
        const body = { ...plain, ...readTerms(options, before.terms.limits) };
        const path = `/admin/v1/keys/${encodeURIComponent(before.id)}`;
        show(await client().json<Key>(path, { method: "PATCH", body }), options.json);
      },
    );
}

function addRotateKey(key: Command, client: () => Client): void {
  key
    .command("rotate")
    .description("create a key like this one, which then expires; the new one is shown only once")
    .argument("<id>", idHelp)
    .option("-o, --overlap <time>", "how long both are good (24h); 0 for a key that others have seen", parseSeconds)
    .option("-e, --expires <time>", `${expiresHelp}; ${none} for never; by default as the old one`, orNone(parseExpiry))
    .option("--json", "print the new key and what the old one is now as JSON")
    .action(async (id: string, options: { overlap?: number; expires?: string; json?: boolean }) => {
      const body = { overlap_seconds: options.overlap, expires_at: bound(options.expires) };
      const path = `/admin/v1/keys/${encodeURIComponent(id)}/rotate`;
      const rotated = await client().json<{ id: string; key: string; expires_at: string | null; old: OldKey }>(path, {
        body,
      });
      if (options.json) {
        printJson(rotated);
        return;
      }
      print(rotated.key);
      const expiry = rotated.expires_at === null ? "never expires" : `expires at ${rotated.expires_at}`;
      printError(
        `Key ${rotated.id}, which ${expiry}, takes the place of ${rotated.old.id}, ${describeOld(rotated.old)}. It is stored only as a hash: keep it now.`,
      );
    });
}

function addRevoke(key: Command, client: () => Client): void {
  key
    .command("revoke")
    .description("revoke a key for good; requests with it are refused within seconds")
    .argument("<id>", idHelp)
    .option("--json", "print the outcome as JSON")
    .action(async (id: string, options: { json?: boolean }) => {
      const revoked = await client().json<{ id: string }>(`/admin/v1/keys/${encodeURIComponent(id)}`, {
        method: "DELETE",
      });
      if (options.json) printJson(revoked);
      else print(`Revoked ${revoked.id}.`);
    });
}

/** The end of a sentence on the old key. */
export function describeOld(old: OldKey): string {
  return Date.parse(old.expires_at) > Date.now()
    ? `which is good until ${old.expires_at}`
    : "which is not good any more";
}

function show(key: Key, asJson: boolean | undefined): void {
  if (asJson) {
    printJson(key);
    return;
  }
  const rows = Object.entries(key).map(([name, value]: [string, unknown]) => [`${name}:`, showValue(name, value)]);
  print(rows.map(([name = "", value = ""]) => `${name.padEnd(14)}${value}`).join("\n"));
}

const absent: Record<string, string> = {
  expires_at: "never",
  revoked_at: "no",
  last_used_at: "not known",
  models: "all of its project",
  addresses: "anywhere",
};

function showValue(name: string, value: unknown): string {
  if (value === null) return absent[name] ?? none;
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "string") return JSON.stringify(value);
  return name === "prefix" ? `${value}…` : value;
}

function parseList(text: string): string[] {
  const list = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (list.length === 0) throw new InvalidArgumentError("Allowed: one or more, with commas between them.");
  return list;
}
