import {
  add,
  chain,
  costOfEach,
  costOfYear,
  enterMoney,
  moneyUnit,
  quantity,
  scale,
  scaleMoney,
  sumMoney,
  units,
  type Cell,
  type Money,
  type Quantity,
  type Sheet,
} from "../sheet/index.ts";
import { addWorkingNode, type NodeInput, type WorkingNode } from "./add-working-node.ts";

/** Cells of a node that is bought: what it costs, and its power whether it works or not. */
export interface OwnedNode extends WorkingNode {
  /** Host and accelerators. */
  hardware: Cell<Money<"node">>;
  network: Cell<Money<"node">>;
  construction: Cell<Money<"node">>;
  /** At full power, which the building is made for; IT only, as the others. */
  fullWatts: Cell<Quantity<"W/node">>;
  workWatts: Cell<Quantity<"W/node">>;
  idleWatts: Cell<Quantity<"W/node">>;
  powerPrice: Cell<Money<"kWh">>;
  staffOfYear: Cell<Money<"node-year">>;
}

export function addOwnedNode(sheet: Sheet, input: NodeInput): OwnedNode {
  const working = addWorkingNode(sheet, input);
  const hardware = addHardware(sheet, input, working);
  const watts = addWatts(sheet, input, working);
  const networkShare = sheet.assume("network share", units.ratio, input.finance.networkShare);
  const network = sheet.figure(
    "network of a node",
    moneyUnit(sheet.currency, "node"),
    "price of a node × network share",
    { hardware, networkShare },
    ({ hardware, networkShare }) => scaleMoney(hardware, networkShare),
  );
  const price = enterMoney(
    sheet,
    "price of construction",
    input.host.construction ?? input.site.construction,
    input.rates,
    "W",
  );
  const construction = sheet.figure(
    "construction for a node",
    moneyUnit(sheet.currency, "node"),
    "price of construction × full power of a node",
    { price, watts: watts.fullWatts },
    ({ price, watts }) => costOfEach(price, watts),
  );
  const staffShare = sheet.assume("staff share", units.ratio, input.finance.staffShare);
  const staffOfYear = sheet.figure(
    "staff and repairs of a node a year",
    moneyUnit(sheet.currency, "node-year"),
    "price of a node × staff share",
    { hardware, staffShare },
    ({ hardware, staffShare }) => costOfYear(scaleMoney(hardware, staffShare), quantity(1, "year")),
  );
  const powerPrice = enterMoney(sheet, "power price", input.site.powerPrice, input.rates, "kWh");
  return { ...working, ...watts, hardware, network, construction, staffOfYear, powerPrice };
}

/** Adds the power that a node draws on average, cooling included: idle, and the more the longer it works. */
export function addAverageWatts(
  sheet: Sheet,
  { idleWatts, workWatts, effectiveness }: OwnedNode,
  utilisation: Cell<Quantity<"1">>,
): Cell<Quantity<"W/node">> {
  return sheet.figure(
    "average power of a node with cooling",
    units.wattsOfNode,
    "(idle power + (power at work − idle power) × utilisation) × power usage effectiveness",
    { idleWatts, workWatts, utilisation, effectiveness },
    ({ idleWatts, workWatts, utilisation, effectiveness }) => {
      const more = quantity(workWatts - idleWatts, "W/node");
      return scale(add(idleWatts, scale(more, utilisation)), effectiveness);
    },
  );
}

function addHardware(sheet: Sheet, { accelerator, host, rates }: NodeInput, { acceleratorsOfNode }: WorkingNode) {
  const price = enterMoney(sheet, "price of an accelerator", accelerator.price, rates, "accelerator");
  const hostPrice = enterMoney(sheet, "price of a host without accelerators", host.price, rates, "node");
  return sheet.figure(
    "price of a node",
    moneyUnit(sheet.currency, "node"),
    "accelerators of a node × price of an accelerator + price of a host without accelerators",
    { price, acceleratorsOfNode, hostPrice },
    ({ price, acceleratorsOfNode, hostPrice }) => sumMoney(costOfEach(price, acceleratorsOfNode), hostPrice),
  );
}

function addWatts(sheet: Sheet, { accelerator, host }: NodeInput, working: WorkingNode) {
  const { acceleratorsOfNode: count, acceleratorFullWatts: full, acceleratorWatts, hostWatts } = working;
  // Data sheets have the full power only.
  const idle = sheet.given("idle power of an accelerator", units.wattsOfAccelerator, accelerator.wattsIdle, "assumed");
  const hostIdle = sheet.assume("idle power of a host without accelerators", units.wattsOfNode, host.wattsIdle);
  return {
    fullWatts: sheet.figure(
      "full power of a node",
      units.wattsOfNode,
      "accelerators of a node × full power of an accelerator + power of a host without accelerators",
      { full, count, hostWatts },
      ({ full, count, hostWatts }) => add(chain(full, count), hostWatts),
    ),
    workWatts: sheet.figure(
      "power of a node at work",
      units.wattsOfNode,
      "power of a node's accelerators at work + power of a host without accelerators",
      { acceleratorWatts, hostWatts },
      ({ acceleratorWatts, hostWatts }) => add(acceleratorWatts, hostWatts),
    ),
    idleWatts: sheet.figure(
      "idle power of a node",
      units.wattsOfNode,
      "accelerators of a node × idle power of an accelerator + idle power of a host without accelerators",
      { idle, count, hostIdle },
      ({ idle, count, hostIdle }) => add(chain(idle, count), hostIdle),
    ),
  };
}
