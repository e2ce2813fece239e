import { PlanFault } from "../../planner/sheet/index.ts";
import { CommandError } from "../command-error.ts";

/** What no plan can be made of is told to people, without a stack. */
export async function tellFaults(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (cause) {
    throw cause instanceof PlanFault ? new CommandError(cause.message, { cause }) : cause;
  }
}
