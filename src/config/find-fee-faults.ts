import { askSimilar } from "../base/find-similar.ts";
import { showFieldName } from "../base/printable.ts";
import { feeNames, isFeeName } from "../ledger/index.ts";

/** What nothing is ever counted under, so that it is never billed: the name of each such fee, with what is wrong with it. */
export function findFeeFaults(fees: Readonly<Record<string, unknown>> = {}): [name: string, fault: string][] {
  return Object.keys(fees)
    .filter((name) => !isFeeName(name))
    .map((name) => [
      name,
      `nothing is counted as ${showFieldName(name)}, so the fee is never billed${
        askSimilar(name, feeNames) || `; fees are for ${feeNames.join(", ")}, and image_ with a quality or size`
      }`,
    ]);
}
