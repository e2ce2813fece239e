import {
  chain,
  megawatts,
  moneyUnit,
  perDay,
  priceOfPart,
  quantity,
  scale,
  speedOf,
  times,
  units,
  type Cell,
  type Quantity,
  type Sheet,
} from "../sheet/index.ts";
import { addAverageWatts, addOwnedNode, type OwnedNode } from "./add-owned-node.ts";
import { addNodeYear, type NodeYearCells } from "./add-node-year.ts";
import { addPower } from "./add-power.ts";
import { addGroup, type GroupCells } from "./add-group.ts";
import { addMixedSpeed } from "./add-serving.ts";
import type { FleetInput } from "./fleet-input.ts";
import type { Plan } from "./plan.ts";

export interface FleetCells {
  node: OwnedNode;
  group: GroupCells;
  /** Of a node that is always at work. */
  speed: Cell<Quantity<"token/s/node">>;
  utilisation: Cell<Quantity<"1">>;
  averageWatts: Cell<Quantity<"W/node">>;
  year: NodeYearCells;
}

/** Adds a kind of node with its speed, its power and its cost a year. */
export function addFleet(sheet: Sheet, input: FleetInput, utilisation = addUtilisation(sheet, input)): FleetCells {
  const node = addOwnedNode(sheet, input);
  const group = addGroup(sheet, input.serving);
  // Speeds that are given without a cached share hold for whatever a cache has.
  const isMeasured = input.serving.cachedShare !== undefined;
  const speed = addFleetSpeed(sheet, input, isMeasured ? addCachedShare(sheet, input) : undefined);
  const averageWatts = addAverageWatts(sheet, node, utilisation);
  return { node, group, speed, utilisation, averageWatts, year: addNodeYear(sheet, node, input.finance, averageWatts) };
}

/** What readers of a plan must know of its cached tokens. */
export function cacheNotes({ serving }: FleetInput): string[] {
  return serving.cachedShare === undefined
    ? []
    : [
        "Tokens include input that a cache has (cached share of input tokens), which takes no prefill: the speed is calculated over to it from the cached share that it was measured with.",
      ];
}

/** Adds the part of the input tokens that a cache has. */
export function addCachedShare(sheet: Sheet, { cachedShare }: FleetInput): Cell<Quantity<"1">> {
  return sheet.assume("cached share of input tokens", units.share, cachedShare);
}

/** Adds the speed of a fleet's nodes at its mix of tokens; `cachedShare` counts where the speed was measured at a known one. */
export function addFleetSpeed(
  sheet: Sheet,
  { outputShare, serving }: FleetInput,
  cachedShare?: Cell<Quantity<"1">>,
): Cell<Quantity<"token/s/node">> {
  const share = sheet.assume("output share of tokens", units.share, outputShare);
  return addMixedSpeed(sheet, serving, share, cachedShare);
}

function addUtilisation(sheet: Sheet, { finance }: FleetInput): Cell<Quantity<"1">> {
  return sheet.assume("utilisation", units.share, finance.utilisation);
}

/** Adds what so many nodes are and give: accelerators, megawatts, tokens a day, their cost and their power. */
export function addFleetResults(
  sheet: Sheet,
  fleet: FleetCells,
  nodes: Cell<Quantity<"node">>,
): Pick<Plan, "results" | "breakdowns"> {
  const { node, speed, utilisation } = fleet;
  const accelerators = sheet.figure(
    "accelerators",
    units.accelerators,
    "nodes × accelerators of a node",
    { nodes, each: node.acceleratorsOfNode },
    ({ nodes, each }) => times(each, nodes),
  );
  const peak = sheet.figure(
    "megawatts of the facility",
    units.megawatts,
    "nodes × full power of a node × power usage effectiveness",
    { nodes, each: node.fullWatts, effectiveness: node.effectiveness },
    ({ nodes, each, effectiveness }) => megawatts(scale(times(each, nodes), effectiveness)),
  );
  const tokens = sheet.figure(
    "tokens a day",
    units.tokensPerDay,
    `nodes × speed of a node × 86,400 s × ${utilisation.name}`,
    { speed, utilisation, nodes },
    ({ speed, utilisation, nodes }) => perDay(scale(speedOf(nodes, speed), utilisation)),
  );
  const atWork = sheet.figure(
    "nodes at work",
    units.nodes,
    `nodes × ${utilisation.name}`,
    { nodes, utilisation },
    ({ nodes, utilisation }) => scale(nodes, utilisation),
  );
  const idle = sheet.figure(
    "idle nodes",
    units.nodes,
    "nodes − nodes at work",
    { nodes, atWork },
    ({ nodes, atWork }) => quantity(nodes - atWork, "node"),
  );
  const cost = addCostOfMillion(sheet, fleet);
  const power = addPower(sheet, node, tokens, atWork, { nodes: idle, watts: node.idleWatts });
  return {
    results: [
      { key: "nodes", figure: nodes.name },
      { key: "accelerators", figure: accelerators.name },
      { key: "megawatts", figure: peak.name },
      { key: "tokens_per_day", figure: tokens.name },
      { key: "cost_per_million_tokens", figure: cost.total },
      ...power.results,
    ],
    breakdowns: [cost, power.breakdown],
  };
}

/** Adds the cost of a million tokens, part by part. */
export function addCostOfMillion(
  sheet: Sheet,
  { speed, utilisation, year }: Pick<FleetCells, "speed" | "utilisation" | "year">,
): Plan["breakdowns"][number] {
  const unit = moneyUnit(sheet.currency, "million tokens");
  const tokens = sheet.figure(
    "million tokens of a node a year",
    units.millionsOfNodeYear,
    `speed of a node × 86,400 s × 365 × ${utilisation.name} ÷ 1,000,000`,
    { speed, utilisation },
    ({ speed, utilisation }) => millionsOfYear(speed, utilisation),
  );
  const parts = year.parts.map((part) =>
    sheet.figure(
      part.name.replace("of a node a year", "of a million tokens"),
      unit,
      `${part.name} ÷ million tokens of a node a year`,
      { part, tokens },
      ({ part, tokens }) => priceOfPart(part, tokens),
    ),
  );
  const total = sheet.sum("cost of a million tokens", unit, parts);
  return { total: total.name, parts: parts.map((part) => part.name) };
}

/** Millions of tokens of a node in a year. */
export function millionsOfYear(
  speed: Quantity<"token/s/node">,
  utilisation: Quantity<"1">,
): Quantity<"million tokens/node-year"> {
  const year = quantity(86_400 * 365, "s/node-year");
  return quantity((chain(quantity(speed, "token/s"), year) * utilisation) / 1e6, "million tokens/node-year");
}
