import {
  costOfCount,
  countOf,
  moneyUnit,
  quantity,
  scale,
  Sheet,
  times,
  units,
  wholeBelow,
  type Quantity,
  type Told,
} from "../sheet/index.ts";
import { addFleet, addFleetResults, cacheNotes } from "./add-fleet.ts";
import { TooLittle } from "./add-group.ts";
import type { FleetInput } from "./fleet-input.ts";
import { describeNode } from "./describe-node.ts";
import type { Plan } from "./plan.ts";

export interface PowerInput extends FleetInput {
  /** Of the whole facility. */
  watts: Told;
  /** Part of the year that the supply gives it: 1 for a grid, that of `reactor` for a reactor alone. */
  availability: Told;
}

/** What a supply of power serves: machines, tokens a day, and the capital that they need. */
export function planPower(input: PowerInput): Plan {
  const sheet = new Sheet(input.currency);
  const money = moneyUnit(sheet.currency);
  const supply = sheet.assume("power of the supply", units.watts, input.watts);
  const availability = sheet.assume("availability of the supply", units.share, input.availability);
  const planned = sheet.assume("utilisation while there is power", units.share, input.finance.utilisation);
  const utilisation = sheet.figure(
    "utilisation",
    units.share,
    "utilisation while there is power × availability of the supply",
    { planned, availability },
    ({ planned, availability }) => scale(planned, availability),
  );
  const fleet = addFleet(sheet, input, utilisation);
  const { fullWatts, effectiveness, hardware, network, construction } = fleet.node;
  const itWatts = sheet.figure(
    "power for IT",
    units.watts,
    "power of the supply ÷ power usage effectiveness",
    { supply, effectiveness },
    ({ supply, effectiveness }) => quantity(supply / effectiveness, "W"),
  );
  const { group } = fleet;
  const nodes = sheet.figure(
    "nodes",
    units.nodes,
    `power for IT ÷ full power of a node, ${group.down}`,
    { itWatts, fullWatts, least: group.least },
    ({ itWatts, fullWatts, least }) => group.roundDown(wholeBelow(countOf(itWatts, fullWatts)), least),
  );
  sheet.require((values) => {
    const takes = scale(times(values.of(fullWatts), values.of(group.least)), values.of(effectiveness));
    const found = values.of(supply);
    if (values.of(itWatts) >= times(values.of(fullWatts), values.of(group.least))) return;
    throw new TooLittle("a supply", input, { found: kilowatts(found), takes: `${kilowatts(takes)} with cooling` });
  });
  const parts = Object.entries({ servers: hardware, network, construction }).map(([purpose, price]) =>
    sheet.figure(`capital for ${purpose}`, money, `nodes × ${price.name}`, { price, nodes }, ({ price, nodes }) =>
      costOfCount(price, nodes),
    ),
  );
  const capital = sheet.sum("capital needed", money, parts);
  const results = addFleetResults(sheet, fleet, nodes);
  const { title, notes } = describeNode(input);
  return {
    question: "power",
    title: `${title}, for a supply of power`,
    sheet,
    results: [{ key: "it_watts", figure: itWatts.name }, ...results.results, { key: "capital", figure: capital.name }],
    breakdowns: [{ total: capital.name, parts: parts.map((part) => part.name) }, ...results.breakdowns],
    notes: [
      ...notes,
      ...cacheNotes(input),
      "Nodes are counted at full power, so that the supply holds when all work; the power station itself is not in the capital.",
    ],
  };
}

const kilowatts = (watts: Quantity<"W">) =>
  `${(watts / 1000).toLocaleString("en-US", { maximumSignificantDigits: 3 })} kW`;
