import { realpathSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dialects } from "../dialect/registry.ts";
import { checkCell } from "../testing/wire/check-cell.ts";
import { checkOwnError, ownErrors } from "../testing/wire/check-own-errors.ts";
import { makeFeatures, type Feature } from "../testing/wire/features.ts";
import type { Kit } from "../testing/wire/kit.ts";
import { kits } from "../testing/wire/kits.ts";
import { checkLocal, whyNotLocal } from "../testing/wire/local/check-local.ts";
import { droppedLocally } from "../testing/wire/local/dropped-locally.ts";
import { playEnd } from "../testing/wire/local/engine-end.ts";
import { localModels, type LocalStage } from "../testing/wire/local/stage.ts";
import { spokenKits, startWire, type Wire } from "../testing/wire/start-wire.ts";
import { statedFor } from "../testing/wire/stated.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Every client dialect over every vendor dialect and the local engine, feature by feature: what the client asked must be what
// the vendor was asked, and what the vendor said must be what the client got. Both ends are written from the vendors'
// documents and share no code with Sahab's dialects.

interface Cell {
  client: Kit;
  /** Undefined for the local engine. */
  vendor: Kit | undefined;
  feature: Feature;
  /** Its own at vendor and client, so that each cell finds what it caused. Empty for the local engine, whose models are shared. */
  model: string;
}

const vendors: readonly (Kit | undefined)[] = [...spokenKits, undefined];
const cells: Cell[] = spokenKits.flatMap((client) =>
  vendors.flatMap((vendor) =>
    makeFeatures()
      .filter((feature) => vendor || whyNotLocal(feature) === undefined)
      .map((feature) => ({
        client,
        vendor,
        feature,
        model: vendor ? `${client.api}-${vendor.api}-${feature.name.replaceAll(" ", "-")}` : "",
      })),
  ),
);

const outcomes = new Map<Cell, Promise<Error | undefined>>();
let wire: Wire;
let local: LocalStage;
const folder = realpathSync(makeTemporaryFolder());

beforeAll(async () => {
  wire = await startWire(
    cells.flatMap(({ model, vendor, feature: { script } }) => (vendor ? [{ name: model, vendor, script }] : [])),
    { more: localModels(folder, makeFeatures()), env: { SAHAB_MODEL_FOLDERS: folder } },
  );
  local = { ...wire, end: playEnd(spokenKits, wire) };
  // Whoever asks for it hears of a failure.
  local.end.catch(() => undefined);
  // All at once, as far as the bound allows: some failures are tried again after half a second.
  const waiting = [...cells];
  const work = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) await outcomeOf(cell);
  };
  await Promise.all(Array.from({ length: 24 }, work));
  // All cells are played here, which on a loaded machine takes longer than the runner gives a test.
}, 300_000);

afterAll(async () => {
  await wire?.close();
  removeTemporaryFolder(folder);
  console.log(await drawTable());
});

test("every dialect has a kit", () => {
  const names = new Set(kits.map(({ name }) => name));
  expect(dialects.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
});

for (const client of spokenKits) {
  for (const vendor of vendors) {
    describe(titleOf({ client, vendor }), () => {
      for (const cell of cells) {
        if (cell.client !== client || cell.vendor !== vendor) continue;
        test(cell.feature.name, async () => {
          expect(outcomes.has(cell)).toBe(true);
          const problem = await outcomes.get(cell);
          if (problem) throw problem;
        });
      }
    });
  }
}

for (const client of spokenKits) {
  test.each(ownErrors)(`${client.api}: %s is refused in the client's own form`, async (kind) => {
    await checkOwnError(client, kind, `${client.api}-${client.api}-text`, wire);
  });
}

function outcomeOf(cell: Cell): Promise<Error | undefined> {
  const { client, vendor, feature } = cell;
  const checking = vendor
    ? checkCell({
        ...cell,
        vendor,
        server: wire.serverOf(vendor),
        stated: statedFor(client.name, vendor.name, feature.name),
        sahab: wire,
      })
    : checkLocal(client, feature, local);
  const outcome = checking.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  outcomes.set(cell, outcome);
  return outcome;
}

function titleOf({ client, vendor }: Pick<Cell, "client" | "vendor">): string {
  return `${client.api} → ${vendor?.api ?? "local"}`;
}

/** A line per pair, a mark per feature. */
async function drawTable(): Promise<string> {
  const features = makeFeatures();
  const marks = new Map<string, string>();
  for (const cell of cells) marks.set(`${titleOf(cell)} ${cell.feature.name}`, await markOf(cell));
  const rows = spokenKits.flatMap((client) =>
    vendors.map((vendor) => {
      const title = titleOf({ client, vendor });
      return title.padEnd(24) + features.map(({ name }) => (marks.get(`${title} ${name}`) ?? "·").padEnd(4)).join("");
    }),
  );
  return [
    "client → vendor".padEnd(24) + features.map(({ mark }) => mark.padEnd(4)).join(""),
    ...rows,
    "✓ carried, d carried but for what is named as dropped, r refused by name, – no words for it, ✗ red",
    `· does not exist for an engine: ${features.flatMap((one) => (whyNotLocal(one) === undefined ? [] : [`${one.mark} ${whyNotLocal(one)}`])).join(", ")}`,
    features.map(({ mark, name }) => `${mark} ${name}`).join(", "),
  ].join("\n");
}

async function markOf(cell: Cell): Promise<string> {
  const { client, vendor, feature } = cell;
  if (!outcomes.has(cell)) return "?";
  if (await outcomes.get(cell)) return "✗";
  if (!vendor) return feature.name === "image in" ? "r" : droppedLocally(client, feature).length > 0 ? "d" : "✓";
  const stated = statedFor(client.name, vendor.name, feature.name);
  if (stated.isUnsayable) return "–";
  if (stated.refused !== undefined) return "r";
  return stated.dropped ? "d" : "✓";
}
