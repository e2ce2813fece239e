/**
 * What to write before a command, so that it and all that it starts have a network of their own with nothing but loopback.
 * Undefined where the machine lets nobody make one.
 */
export function loopbackOnly(): string[] | undefined {
  const prefixes = [
    ["unshare", "--net"],
    ["unshare", "--map-root-user", "--net"],
  ].map((prefix) => [...prefix, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]);
  return prefixes.find((prefix) => {
    try {
      return Bun.spawnSync([...prefix, "true"], { stdout: "ignore", stderr: "ignore", timeout: 10_000 }).success;
    } catch {
      return false;
    }
  });
}
