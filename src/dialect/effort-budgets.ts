/** Tokens of thinking that an effort becomes, for vendors that take a budget; undefined for a word that is not known. The table is ours. */
export function budgetOfEffort(effort: string): number | undefined {
  return budgets.get(effort);
}

const budgets = new Map([
  ["minimal", 1024],
  ["low", 2048],
  ["medium", 8192],
  ["high", 16_384],
  ["xhigh", 32_768],
  ["max", 32_768],
]);
