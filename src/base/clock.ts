/** Time as an argument, so that what depends on it can be simulated. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. For records and dates alone: the machine's clock may be set at any time. */
  now(): number;
  /** Milliseconds since some moment, which only grow. For durations, deadlines and rests. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
