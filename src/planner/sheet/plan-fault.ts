/** Input that a plan cannot be made of: what failed, what was found, what is allowed. For people, as it is. */
export class PlanFault extends Error {
  override name = "PlanFault";
}

/** A fault of an amount of money, which does not know of which figure it is. */
export class MoneyFault extends PlanFault {}
