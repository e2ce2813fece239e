import type { ServingFigure } from "../data/index.ts";
import type { NodeInput } from "./add-working-node.ts";

/** What a plan's title says, and what its readers must know of its nodes. */
export function describeNode({ accelerator, site, serving }: NodeInput & { serving: ServingFigure }) {
  const { nodes, source } = serving.group;
  return {
    title: `${serving.model} on ${accelerator.name} in ${site.name}`,
    notes: [
      `Serving: ${serving.note}.`,
      ...(nodes > 1 ? [`Speeds are of ${nodes} nodes or more that serve together: ${source}.`] : []),
      ...(accelerator.note ? [`${accelerator.name}: ${accelerator.note}.`] : []),
    ],
  };
}
