import { InvalidArgumentError, type Command } from "commander";
import type { Client } from "./client.ts";
import { UsageError } from "./command-error.ts";
import { parseExpiry, parseSeconds } from "./parse-span.ts";
import { addTermsOptions, readTerms, type TermsOptions } from "./key-terms.ts";
import { bound, none, orNone, type OrNone } from "./or-none.ts";
import { addListKeys } from "./key-list.ts";
import { addRevokeKey } from "./key-revoke.ts";
import { isFree, type Model } from "./models.ts";
import { print, printError, printJson } from "./print.ts";
import { showMoment } from "./show-time.ts";
import { findKey, keyHelp, showKey, type Key } from "./shown-key.ts";

/** What becomes of a key that is rotated. */
export interface OldKey {
  id: string;
  expires_at: string;
}

const modelsHelp = "models that it may call, with commas between them; a * at the end stands for any rest";
const addressesHelp = "addresses and ranges that it is good from: 10.0.0.7,10.1.0.0/16,fd00::/8";
const expiresHelp = "when it expires: 30d, 12h, or a date such as 2027-01-31";

export function addKey(program: Command, client: () => Client): void {
  const key = program.command("key").description("create, list, change, rotate and revoke keys");
  addCreate(key, client);
  addListKeys(key, client);
  addShow(key, client);
  addEdit(key, client);
  addRotateKey(key, client);
  addRevokeKey(key, client);
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
        if (body.budget !== undefined && (await callsOnlyFree(client(), models)))
          printError("note: all models that it may call are free here, so nothing counts against its budget");
        printError(`Key ${created.id} of project ${project}. It is stored only as a hash: keep it now.`);
      },
    );
}

/** Whether a key for these models can call some, and each is free. */
async function callsOnlyFree(client: Client, names: readonly string[] | undefined): Promise<boolean> {
  const { models } = await client.json<{ models: Model[] }>("/admin/v1/models");
  const called = models.filter(({ name }) => names?.some((one) => isNamedBy(one, name)) ?? true);
  return called.length > 0 && called.every(isFree);
}

function isNamedBy(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
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
      const shown = await findKey(client(), id);
      if (options.json) printJson(shown);
      else showKey(shown);
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
          throw new UsageError(
            "Nothing to change was given: name one of --name, --expires, --models, --addresses, --budget, --rpm, --tpm, --concurrency, --session-budget",
          );
        const before = await findKey(client(), id);
        const body = { ...plain, ...readTerms(options, before.terms.limits) };
        const path = `/admin/v1/keys/${encodeURIComponent(before.id)}`;
        const changed = await client().json<Key>(path, { method: "PATCH", body });
        if (options.json) printJson(changed);
        else showKey(await findKey(client(), before.id));
      },
    );
}

function addRotateKey(key: Command, client: () => Client): void {
  key
    .command("rotate")
    .description("create a key like this one, which then expires; the new one is shown only once")
    .argument("<key>", keyHelp)
    .option("-o, --overlap <time>", "how long both are good (24h); 0 for a key that others have seen", parseSeconds)
    .option("-e, --expires <time>", `${expiresHelp}; ${none} for never; by default as the old one`, orNone(parseExpiry))
    .option("--json", "print the new key and what the old one is now as JSON")
    .action(async (text: string, options: { overlap?: number; expires?: string; json?: boolean }) => {
      const { id } = await findKey(client(), text);
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
      const expiry =
        rotated.expires_at === null ? "never expires" : `expires at ${showMoment(rotated.expires_at, "second")} UTC`;
      printError(
        `Key ${rotated.id}, which ${expiry}, takes the place of ${rotated.old.id}, ${describeOld(rotated.old)}. It is stored only as a hash: keep it now.`,
      );
    });
}

/** The end of a sentence on the old key. */
export function describeOld(old: OldKey): string {
  return Date.parse(old.expires_at) > Date.now()
    ? `which is good until ${showMoment(old.expires_at, "second")} UTC`
    : "which is not good any more";
}

function parseList(text: string): string[] {
  const list = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (list.length === 0) throw new InvalidArgumentError("Allowed: one or more, with commas between them.");
  return list;
}
