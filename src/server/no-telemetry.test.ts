import { expect, test } from "bun:test";
import { join } from "node:path";
import { cleanEnvironment } from "../testing/run-command.ts";

// docs/telemetry.md: a start and a local answer send nothing beyond this machine.

const inOwnNetwork = ["unshare", "-rn"];
const hasNetworks =
  process.platform === "linux" && Bun.spawnSync([...inOwnNetwork, "true"], { stderr: "ignore" }).exitCode === 0;

test.skipIf(!hasNetworks)("a start, a local answer and a report ask the kernel for no way out", async () => {
  const program = join(import.meta.dir, "..", "testing", "without-network.ts");
  const child = Bun.spawn([...inOwnNetwork, process.execPath, program], {
    env: cleanEnvironment({}),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect({ status: await child.exited, stderr }).toMatchObject({ status: 0 });
  const counted = JSON.parse(stdout) as { status: number; unsent: number; afterAddress: number };
  expect(counted).toMatchObject({ status: 200, unsent: 0 });
  // The measure itself works.
  expect(counted.afterAddress).toBeGreaterThan(0);
});
