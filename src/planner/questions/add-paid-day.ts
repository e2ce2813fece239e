import type { Finance } from "../data/index.ts";
import {
  costOfCount,
  enterMoney,
  moneyUnit,
  nodeYears,
  quantity,
  ratio,
  times,
  units,
  type Cell,
  type Figure,
  type Money,
  type Quantity,
  type Sheet,
  type ToldMoney,
  type ToldRate,
} from "../sheet/index.ts";
import { addNodeYear } from "./add-node-year.ts";
import type { GroupCells } from "./add-group.ts";
import { addAverageWatts, type OwnedNode } from "./add-owned-node.ts";
import type { IdleNodes } from "./add-power.ts";
import type { WorkingNode } from "./add-working-node.ts";
import type { Plan } from "./plan.ts";

/** What a day's nodes cost, and how it adds up. */
export interface PaidDay {
  cost: Cell<Money>;
  node: WorkingNode;
  /** Those that take the power of work, where they are not the nodes at work. */
  working?: Cell<Quantity<"node">>;
  idle?: IdleNodes;
  results: Plan["results"];
  breakdowns: Plan["breakdowns"];
  note: string;
}

const daysPerYear = 365;

/** Adds the day's cost of nodes that are rented for as long as they work; of a group, all. */
export function addRentedDay(
  sheet: Sheet,
  node: WorkingNode,
  { rent, rates }: { rent: ToldMoney; rates: readonly ToldRate[] },
  { least }: GroupCells,
  nodes: readonly [prefill: Cell<Quantity<"node">>, decode: Cell<Quantity<"node">>],
): PaidDay {
  const [prefill, decode] = nodes;
  const rented = sheet.figure(
    "nodes rented",
    units.nodes,
    `${prefill.name} + ${decode.name}, never less than ${least.name}`,
    { prefill, decode, least },
    ({ prefill, decode, least }) => quantity(Math.max(prefill + decode, least), "node"),
  );
  const waiting = sheet.figure(
    "nodes rented that wait",
    units.nodes,
    `${rented.name} − ${prefill.name} − ${decode.name}`,
    { rented, prefill, decode },
    ({ rented, prefill, decode }) => quantity(rented - (prefill + decode), "node"),
  );
  const money = moneyUnit(sheet.currency);
  const hourly = enterMoney(sheet, "rent of an accelerator-hour", rent, rates, "accelerator-hour");
  const parts = [...nodes, waiting].map((rented) =>
    sheet.figure(
      `rent of ${rented.name} a day`,
      money,
      `${rented.name} × accelerators of a node × 24 h × rent of an accelerator-hour`,
      { hourly, rented, count: node.acceleratorsOfNode },
      ({ hourly, rented, count }) => costOfCount(hourly, quantity(times(count, rented) * 24, "accelerator-hour")),
    ),
  );
  const cost = sheet.sum("cost a day", money, parts);
  return {
    cost,
    node,
    working: rented,
    results: [{ key: "nodes_rented", figure: rented.name }],
    breakdowns: [{ total: cost.name, parts: parts.map((part) => part.name) }],
    note: "Nodes are rented for as long as they work, and never fewer than serve together; the rent includes power, building and staff.",
  };
}

/** Adds the day's cost of nodes that are owned: as many as keep those at work within the utilisation. */
export function addOwnedDay(
  sheet: Sheet,
  node: OwnedNode,
  finance: Finance,
  group: GroupCells,
  atWork: Cell<Quantity<"node">>,
): PaidDay {
  const money = moneyUnit(sheet.currency);
  const planned = sheet.assume("utilisation", units.share, finance.utilisation);
  const owned = sheet.figure(
    "nodes owned",
    units.nodes,
    `nodes at work ÷ utilisation, ${group.up}`,
    { atWork, planned, least: group.least },
    ({ atWork, planned, least }) => group.roundUp(atWork / planned, least),
  );
  const utilisation = sheet.figure(
    "share of owned nodes at work",
    units.share,
    "nodes at work ÷ nodes owned",
    { atWork, owned },
    ({ atWork, owned }) => ratio(atWork, owned),
  );
  const idleNodes = sheet.figure(
    "idle nodes",
    units.nodes,
    "nodes owned − nodes at work",
    { atWork, owned },
    ({ atWork, owned }) => quantity(owned - atWork, "node"),
  );
  const yearly = addNodeYear(sheet, node, finance, addAverageWatts(sheet, node, utilisation));
  const parts: Figure<Money>[] = yearly.parts.map((part) =>
    sheet.figure(
      part.name.replace("of a node a year", "a day"),
      money,
      `nodes owned × ${part.name} ÷ 365`,
      { owned, part },
      ({ owned, part }) => costOfCount(part, nodeYears(owned, quantity(1 / daysPerYear, "year"))),
    ),
  );
  const cost = sheet.sum("cost a day", money, parts);
  return {
    cost,
    node,
    idle: { nodes: idleNodes, watts: node.idleWatts },
    results: [{ key: "nodes_owned", figure: owned.name }],
    breakdowns: [{ total: cost.name, parts: parts.map((part) => part.name) }],
    note: "Nodes are owned: their cost is depreciation, cost of capital, power and staff.",
  };
}
