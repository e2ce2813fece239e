import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { clouds, type Cloud } from "../testing/clouds/clouds.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { checkCell } from "../testing/wire/check-cell.ts";
import { makeFeatures, type Feature } from "../testing/wire/features.ts";
import type { Kit } from "../testing/wire/kit.ts";
import { kits } from "../testing/wire/kits.ts";
import { statedFor, type Stated } from "../testing/wire/stated.ts";
import { startVendor, type VendorServer } from "../testing/wire/vendor-server.ts";

// The large vendors with what is their own: addresses, keys and signatures, fields, framing. Each is asked by an OpenAI, an
// Anthropic and a Google client, feature by feature, errors and cut streams among them.

interface Cell {
  cloud: Cloud;
  client: Kit;
  feature: Feature;
  name: string;
}

const clients = kits.filter(({ api }) => api === "chat" || api === "messages" || api === "gemini");
const cells: Cell[] = clouds.flatMap((cloud, index) =>
  clients.flatMap((client) =>
    makeFeatures().map((feature) => ({
      cloud,
      client,
      feature,
      name: `c${index}-${client.api}-${feature.name.replaceAll(" ", "-")}`,
    })),
  ),
);
const servers = new Map<Cloud, VendorServer>();
const outcomes = new Map<Cell, Error | undefined>();
let sahab: TestSahab;

beforeAll(async () => {
  for (const cloud of clouds) {
    const own = cells.filter((cell) => cell.cloud === cloud);
    servers.set(cloud, startVendor(cloud.kit, new Map(own.map(({ name, feature }) => [name, feature.script]))));
  }
  sahab = await runSahab({
    config: {
      providers: clouds.map((cloud, index) => ({ name: `p${index}`, ...cloud.provider(serverOf(cloud).url) })),
      models: cells.map(({ name, cloud }) => ({
        name,
        targets: [{ provider: `p${clouds.indexOf(cloud)}`, model: cloud.modelPrefix + name }],
        price: { currency: "USD", input: 1, cached_input: 0.5, output: 3 },
      })),
      projects: [{ name: "default" }],
    },
  });
  const { key } = await sahab.createKey();
  const waiting = [...cells];
  const work = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) outcomes.set(cell, await outcomeOf(cell, key));
  };
  await Promise.all(Array.from({ length: 24 }, work));
});

afterAll(async () => {
  await sahab?.close();
  for (const server of servers.values()) await server.stop();
  console.log(drawTable());
});

for (const cloud of clouds) {
  describe(cloud.title, () => {
    for (const cell of cells.filter((one) => one.cloud === cloud)) {
      test(`${cell.client.api}: ${cell.feature.name}`, () => {
        expect(outcomes.has(cell)).toBe(true);
        const problem = outcomes.get(cell);
        if (problem) throw problem;
      });
    }
  });
}

function serverOf(cloud: Cloud): VendorServer {
  const server = servers.get(cloud);
  if (!server) throw new Error(`no server of ${cloud.title}`);
  return server;
}

async function outcomeOf(cell: Cell, key: string): Promise<Error | undefined> {
  const { cloud, client, feature, name } = cell;
  try {
    await checkCell({
      client,
      vendor: cloud.kit,
      feature,
      model: name,
      server: serverOf(cloud),
      stated: statedOf(cell),
      sahab: { address: sahab.address, key },
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function statedOf({ cloud, client, feature }: Cell): Stated {
  const stated = statedFor(client.name, cloud.kit.name, feature.name);
  const isBudget = stated.dropped?.some((path) => /budget/i.test(path)) === true;
  return isBudget && cloud.takesBudgets ? {} : stated;
}

/** A line per cloud and client, a mark per feature. */
function drawTable(): string {
  const features = makeFeatures();
  const rows = clouds.flatMap((cloud) =>
    clients.map((client) => {
      const marks = cells.filter((cell) => cell.cloud === cloud && cell.client === client).map(markOf);
      return `${client.api} → ${cloud.title}`.padEnd(34) + marks.map((mark) => mark.padEnd(4)).join("");
    }),
  );
  return [
    "client → cloud".padEnd(34) + features.map(({ mark }) => mark.padEnd(4)).join(""),
    ...rows,
    "✓ carried, d carried but for what is named as dropped, r refused by name, – no words for it, ✗ red",
  ].join("\n");
}

function markOf(cell: Cell): string {
  if (!outcomes.has(cell)) return "?";
  if (outcomes.get(cell)) return "✗";
  const stated = statedOf(cell);
  if (stated.isUnsayable) return "–";
  if (stated.refused !== undefined) return "r";
  return stated.dropped ? "d" : "✓";
}
