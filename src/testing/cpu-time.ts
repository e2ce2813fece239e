/**
 * The least processor time of several runs, in milliseconds. Where other programs share the cores, a long run is interrupted
 * more often than a short one, so that a ratio of wall times says little.
 */
export function leastCpuMs(runs: number, act: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** Below it the compiler's and the collector's threads, whose time counts too, are most of what is measured. */
const measurableMs = 8;
const attempts = 5;

/**
 * How many times the processor time of a part the whole takes that is four times as large. About 4 where the time is in proportion,
 * 16 where it grows with the square. The least of several measurements: noise makes some of them larger, a square all of them.
 */
export function timesOfQuarter(whole: () => void, quarter: () => void): number {
  let least = Infinity;
  for (let attempt = 0; attempt < attempts && least > 6; attempt++) {
    const wholeMs = leastCpuMs(3, whole);
    least = Math.min(least, wholeMs / Math.max(measurableMs, leastCpuMs(3, quarter)));
  }
  return least;
}
