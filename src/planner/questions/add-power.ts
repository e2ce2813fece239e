import {
  energy,
  millionsOf,
  per,
  quantity,
  scale,
  times,
  units,
  wattHours,
  whole,
  type Cell,
  type Figure,
  type Quantity,
  type Sheet,
} from "../sheet/index.ts";

import type { WorkingNode } from "./add-working-node.ts";
import type { Plan } from "./plan.ts";

/** Owned nodes that do not work, on average, and the power of each. */
export interface IdleNodes {
  nodes: Cell<Quantity<"node">>;
  watts: Cell<Quantity<"W/node">>;
}

export interface PowerCells {
  watts: Cell<Quantity<"W">>;
  results: Plan["results"];
  breakdown: Plan["breakdowns"][number];
}

/** Adds the average power of nodes, cooling included, and what a million tokens take of it. Parts are whole watts. */
export function addPower(
  sheet: Sheet,
  node: WorkingNode,
  tokens: Cell<Quantity<"token/day">>,
  atWork: Cell<Quantity<"node">>,
  idle?: IdleNodes,
): PowerCells {
  const part = (name: string, nodes: Cell<Quantity<"node">>, each: Cell<Quantity<"W/node">>) =>
    sheet.figure(name, units.watts, `${nodes.name} × ${each.name}`, { nodes, each }, ({ nodes, each }) =>
      whole(times(each, nodes)),
    );
  const equipment: Figure<Quantity<"W">>[] = [
    part("power of accelerators at work", atWork, node.acceleratorWatts),
    part("power of hosts at work", atWork, node.hostWatts),
    ...(idle ? [part("power of idle nodes", idle.nodes, idle.watts)] : []),
  ];
  const itWatts = sheet.sum("power of IT", units.watts, equipment);
  const cooling = sheet.figure(
    "power of cooling and losses",
    units.watts,
    "power of IT × (power usage effectiveness − 1)",
    { itWatts, effectiveness: node.effectiveness },
    ({ itWatts, effectiveness }) => whole(scale(itWatts, quantity(effectiveness - 1, "1"))),
  );
  const parts = [...equipment, cooling];
  const watts = sheet.sum("average power", units.watts, parts);
  const energyOfMillion = sheet.figure(
    "energy of a million tokens",
    units.wattHoursPerMillion,
    "average power × 24 h ÷ tokens a day",
    { watts, tokens },
    ({ watts, tokens }) =>
      per(wattHours(energy(watts, quantity(24, "h"))), millionsOf(times(tokens, quantity(1, "day")))),
  );
  const gramsOfMillion = sheet.figure(
    "CO2 of a million tokens",
    units.gramsPerMillion,
    "energy of a million tokens × CO2 of a kilowatt-hour",
    { energyOfMillion, grams: node.gramsPerKilowattHour },
    ({ energyOfMillion, grams }) => quantity((energyOfMillion / 1000) * grams, "g/million tokens"),
  );
  return {
    watts,
    results: [
      { key: "power_watts", figure: watts.name },
      { key: "energy_wh_per_million_tokens", figure: energyOfMillion.name },
      { key: "co2_grams_per_million_tokens", figure: gramsOfMillion.name },
    ],
    breakdown: { total: watts.name, parts: parts.map((part) => part.name) },
  };
}
