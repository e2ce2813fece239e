import type { Accelerator, Finance, Host, Site } from "../data/index.ts";
import { chain, scale, units, type Cell, type Quantity, type Sheet, type ToldRate } from "../sheet/index.ts";

/** What the nodes of a plan are, where they are and by which assumptions on money and use. */
export interface NodeInput {
  accelerator: Accelerator;
  host: Host;
  site: Site;
  finance: Finance;
  rates: readonly ToldRate[];
}

/** Cells of a node at work: a host with its accelerators. */
export interface WorkingNode {
  acceleratorsOfNode: Cell<Quantity<"accelerator/node">>;
  acceleratorFullWatts: Cell<Quantity<"W/accelerator">>;
  /** Of all its accelerators at work, and of the host without them. */
  acceleratorWatts: Cell<Quantity<"W/node">>;
  hostWatts: Cell<Quantity<"W/node">>;
  effectiveness: Cell<Quantity<"1">>;
  gramsPerKilowattHour: Cell<Quantity<"g/kWh">>;
}

/** Adds what a node takes of power while it works, whoever owns it. */
export function addWorkingNode(sheet: Sheet, { accelerator, host, site, finance }: NodeInput): WorkingNode {
  const { wattsFull, source, date } = accelerator;
  const count = sheet.given("accelerators of a node", units.acceleratorsOfNode, host.count, host.source, host.date);
  const full = sheet.given("full power of an accelerator", units.wattsOfAccelerator, wattsFull, source, date);
  const powerAtWork = sheet.assume("power at work", units.share, finance.powerAtWork);
  return {
    acceleratorsOfNode: count,
    acceleratorFullWatts: full,
    acceleratorWatts: sheet.figure(
      "power of a node's accelerators at work",
      units.wattsOfNode,
      "accelerators of a node × full power of an accelerator × power at work",
      { full, count, powerAtWork },
      ({ full, count, powerAtWork }) => scale(chain(full, count), powerAtWork),
    ),
    hostWatts: sheet.assume("power of a host without accelerators", units.wattsOfNode, host.wattsFull),
    effectiveness: sheet.assume("power usage effectiveness", units.effectiveness, site.effectiveness),
    gramsPerKilowattHour: sheet.assume("CO2 of a kilowatt-hour", units.gramsPerKilowattHour, site.gramsPerKilowattHour),
  };
}
