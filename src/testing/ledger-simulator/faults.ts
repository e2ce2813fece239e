/** Mistakes that the simulator must find; each breaks one rule of the store or of a process. */
export const faults = [
  "grants what others have",
  "takes late messages",
  "counts replayed records",
  "books nothing for what a crash cut",
  "ends shares with their holder",
  "forgets leases that have expired",
  "leaves what is spent in the lease",
  "settles twice",
  "tells nobody what is idle",
] as const;
export type Fault = (typeof faults)[number];
