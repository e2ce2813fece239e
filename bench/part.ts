/** Parts that need a running Sahab, in the order in which they run. */
export const gatewayPartNames = [
  "small",
  "large",
  "budgets",
  "latency",
  "tls",
  "translated",
  "dialects",
  "streams",
  "report",
  "console",
  "memory",
] as const;
export type GatewayPart = (typeof gatewayPartNames)[number];

export const partNames = [
  "start",
  ...gatewayPartNames,
  "ledger",
  "neighbours",
  "plan",
  "engine",
  "engine-memory",
] as const;
export type Part = (typeof partNames)[number];
