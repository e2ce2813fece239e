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
