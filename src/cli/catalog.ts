import type { Command } from "commander";
import type { Environment } from "../base/environment.ts";
import { showList } from "../base/show-list.ts";
import { asCalled } from "../base/called-as.ts";
import { CommandError, type Client } from "./client.ts";
import { fetchDocument, shown } from "./fetch-document.ts";
import { formatTable, print, printJson } from "./print.ts";

const usualAddress = "https://models.dev/api.json";
/** models.dev's document has about 3 MB. */
const documentBytesMax = 32 * 1024 * 1024;
const documentMs = 60_000;

interface Status {
  source: string;
  date: string;
  models: number;
  priced: number;
  vendors: { id: string; name: string; models: number }[];
  updated: boolean;
  fault: string | null;
}

interface Changed {
  changes: { action: string; vendor: string; model: string; details: string[] }[];
  dry_run: boolean;
}

interface UpdateFlags {
  dryRun?: boolean;
  accept?: string[];
  json?: boolean;
}

export function addCatalog(program: Command, client: () => Client, environment: () => Environment): void {
  const catalog = program
    .command("catalog")
    .description("what is known of vendors' models and prices, and where it is from");
  catalog
    .command("status", { isDefault: true })
    .description("say where the catalogue is from, and what is in it")
    .option("--json", "print it as JSON")
    .action(async (options: { json?: boolean }) => {
      const status = await client().json<Status>("/admin/v1/catalog");
      if (options.json) printJson(status);
      else printStatus(status);
    });

  catalog
    .command("update")
    .description("take over models and prices of models.dev, or of a document in its form")
    .argument("[address]", "an https address, or a file", usualAddress)
    .option("--dry-run", "show the changes without making them")
    .option(
      "--accept <model...>",
      "models, as vendor/id, whose price is taken over however far it is from the one before",
    )
    .option("--json", "print the changes as JSON")
    .addHelpText(
      "after",
      `
No model and no price is lost, and none becomes free or negative, whatever the document says. A price more than ten times higher
or lower than the one before is held back and shown. Prices that Sahab has by hand (peak hours, for one) stay.
An http address is taken only of this machine, or as an address of a private network. Undo with: sahab catalog reset`,
    )
    .action(async (address: string, flags: UpdateFlags) => {
      const { proxies } = environment();
      const caller = client();
      const { vendors } = await caller.json<Status>("/admin/v1/catalog");
      const text = await fetchDocument(address, { proxies, bytesMax: documentBytesMax, wholeMs: documentMs });
      const document = pick(parse(address, text), new Set(vendors.map(({ id }) => id)));
      const query = new URLSearchParams({ source: URL.canParse(address) ? shown(new URL(address)) : address });
      if (flags.dryRun) query.set("dry_run", "1");
      for (const model of flags.accept ?? []) query.append("accept", model);
      const changed = await caller.json<Changed>(`/admin/v1/catalog/update?${query.toString()}`, { body: document });
      if (flags.json) printJson(changed);
      else printChanges(changed);
    });

  catalog
    .command("reset")
    .description("go back to the catalogue that comes with Sahab")
    .option("--json", "print what became of it as JSON")
    .action(async (options: { json?: boolean }) => {
      const done = await client().json<{ removed: boolean }>("/admin/v1/catalog/update", { method: "DELETE" });
      if (options.json) printJson(done);
      else print(done.removed ? "The catalogue is the one that comes with Sahab." : "There was no update.");
    });
}

function parse(address: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${address} is not JSON; a document in the form of ${usualAddress} is expected`, { cause });
  }
}

/** The vendors that the catalogue has; the rest would be sent for nothing. */
function pick(document: unknown, wanted: ReadonlySet<string>): unknown {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return {};
  return Object.fromEntries(Object.entries(document).filter(([part]) => wanted.has(part)));
}

function printStatus({ source, date, models, priced, vendors, updated, fault }: Status): void {
  print(`${models} models of ${vendors.length} vendors, ${priced} with a price, from ${source}, as of ${date}`);
  print(
    updated
      ? "An update; sahab catalog reset takes it back."
      : "As it comes with Sahab; sahab catalog update brings it up to date.",
  );
  if (fault !== null) print(`warning: ${fault}`);
  print(
    formatTable(
      ["VENDOR", "NAME", "MODELS"],
      vendors.map((vendor) => [vendor.id, vendor.name, vendor.models]),
    ),
  );
}

/** What each act is called; the ones that need a look come last, where a terminal ends. */
const acts: readonly (readonly [string, string])[] = [
  ["gone", "not listed any more, stays"],
  ["facts", "changed"],
  ["add", "new"],
  ["price", "new price"],
  ["kept", "price stays"],
  ["by hand", "price by hand stays"],
  ["held", "HELD BACK"],
];

function printChanges({ changes, dry_run: dryRun }: Changed): void {
  const shownChanges = gatherGone(changes);
  const rows = acts.flatMap(([action, told]) =>
    shownChanges
      .filter((change) => change.action === action)
      .map(({ vendor, model, details }) => [told, `${vendor}/${model}`, details.join(", ")]),
  );
  if (rows.length > 0) print(formatTable(["CHANGE", "MODEL", "WHAT"], rows));
  const held = changes.filter(({ action }) => action === "held");
  const made = changes.filter(({ action }) => ["add", "facts", "price"].includes(action)).length;
  const heldBack = held.length > 0 ? ` ${held.length} held back.` : "";
  if (made === 0) print(`Nothing to change.${heldBack}`);
  else print(`${made} ${made === 1 ? "change" : "changes"} ${dryRun ? "would be made" : "made"}.${heldBack}`);
  if (held.length > 0) print(asCalled("Take a price over that is right: sahab catalog update --accept VENDOR/MODEL"));
}

/** A vendor's models that are not listed any more are news of one line. */
function gatherGone(changes: Changed["changes"]): Changed["changes"] {
  const isGone = ({ action }: Changed["changes"][number]) => action === "gone";
  const byVendor = Map.groupBy(changes.filter(isGone), ({ vendor }) => vendor);
  const gathered = [...byVendor].map(([vendor, gone]) => {
    const [only] = gone;
    if (only && gone.length === 1) return only;
    const details = [`${gone.length} models: ${showList(gone.map(({ model }) => model))}`];
    return { action: "gone", vendor, model: "*", details };
  });
  return [...gathered, ...changes.filter((change) => !isGone(change))];
}
