import type { ServingFigure } from "../data/index.ts";
import type { FleetInput } from "./fleet-input.ts";
import { PlanFault, quantity, units, type Cell, type Quantity, type Sheet } from "../sheet/index.ts";

/** The nodes that serve a model together: a fleet has no fewer, and grows by whole steps. */
export interface GroupCells {
  least: Cell<Quantity<"node">>;
  /** How a count is made whole, for formulas: `rounded down`. */
  down: string;
  up: string;
  roundDown(nodes: number, least: Quantity<"node">): Quantity<"node">;
  roundUp(nodes: number, least: Quantity<"node">): Quantity<"node">;
}

export function addGroup(sheet: Sheet, { group }: ServingFigure): GroupCells {
  const { nodes, step = 1, source, date } = group;
  const least = sheet.given("nodes that serve together", units.nodes, nodes, source, date);
  const steps = step === 1 ? "" : ` to groups of ${step}`;
  const atLeast = (count: number, least: number) => quantity(Math.max(count, least), "node");
  return {
    least,
    down: `rounded down${steps}, never less than ${least.name}`,
    up: `rounded up${steps}, never less than ${least.name}`,
    roundDown: (nodes, least) => atLeast(step * Math.floor(nodes / step), least),
    roundUp: (nodes, least) => atLeast(step * Math.ceil(nodes / step), least),
  };
}

/** An amount or a supply is less than the least fleet takes. `found` is what there is, `takes` what that fleet takes and of what it is made. */
export class TooLittle extends PlanFault {
  constructor(question: string, { serving, accelerator }: FleetInput, told: { found: string; takes: string }) {
    const { model, precision, count, group } = serving;
    const nodes = group.nodes === 1 ? "1 node" : `${group.nodes} nodes`;
    super(
      `Cannot plan ${question} of ${told.found}: ${model} in ${precision} needs at least ${nodes} of ${count} ${accelerator.name}; that takes ${told.takes}; a smaller model (--model), node (--node) or accelerator (--on) takes less`,
    );
  }
}
