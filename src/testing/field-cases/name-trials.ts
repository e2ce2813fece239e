import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBlackHole } from "../black-hole.ts";
import { chat, startFakeVendor } from "../fake-vendor.ts";
import { runSahab, type TestSahab } from "../run-sahab.ts";
import { askModel } from "./ask-model.ts";
import { Findings } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { newFolder } from "./namespace.ts";
import { inNamespace } from "../small-disk.ts";
import type { Trials } from "./trial.ts";
import type { World } from "./world.ts";

/** Names that move, or have an address that is dead. */
export const nameTrials: Trials = {
  "41-black-hole-v6": deadAddress,
  "41-moved-dns": movedName,
};

/** A program to which names are what a file says. */
async function withHosts(
  world: World,
  hosts: string,
  vendor: string,
  trial: (sahab: TestSahab, setHosts: (text: string) => void) => Promise<void>,
): Promise<void> {
  const file = join(newFolder(world), "hosts");
  writeFileSync(file, hosts);
  const sahab = await runSahab({
    prefix: inNamespace(`mount --bind "$0" /etc/hosts`, file),
    config: {
      providers: [{ name: "v", vendor: "compatible", base_url: vendor }],
      models: [
        { name: "m", targets: [{ provider: "v", model: "m" }], price: { currency: "USD", input: 1, output: 2 } },
      ],
      projects: [{ name: "default" }],
    },
  });
  try {
    // In place: what is mounted is the file, not its name.
    await trial(sahab, (text) => writeFileSync(file, text));
  } finally {
    await sahab.close();
  }
}

async function movedName(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const before = startFakeVendor({ m: chat(["before"]) });
  const after = startFakeVendor({ m: chat(["after"]) }, { port: before.port, host: "127.0.0.2" });
  try {
    const address = `http://moved.test:${before.port}/v1`;
    await withHosts(world, fieldCase.text("hosts-before"), address, async (sahab, setHosts) => {
      findings.equal("the first answer", (await askModel(sahab, "m")).content, "before");
      setHosts(fieldCase.text("hosts-after"));
      const movedMs = performance.now();
      let last = "before";
      while (last !== "after" && performance.now() - movedMs < 75_000) {
        last = (await askModel(sahab, "m")).content;
        await Bun.sleep(100);
      }
      findings.saw(`${last} after ${Math.round(performance.now() - movedMs)} ms`);
      // A minute, and what a slow machine adds.
      findings.equal("who answers after a minute", last, "after");
    });
  } finally {
    await before.stop();
    await after.stop();
  }
  return findings;
}

async function deadAddress(world: World): Promise<Findings> {
  const findings = new Findings();
  const vendor = startFakeVendor({ m: chat(["Hello"]) });
  const hole = await openBlackHole({ host: "::1", port: vendor.port });
  try {
    const hosts = "127.0.0.1 localhost\n::1 dual.test\n127.0.0.1 dual.test\n";
    await withHosts(world, hosts, `http://dual.test:${vendor.port}/v1`, async (sahab) => {
      const sentMs = Date.now();
      const reply = await askModel(sahab, "m");
      const tookMs = (vendor.calls[0]?.arrivedMs ?? Number.POSITIVE_INFINITY) - sentMs;
      findings.saw(`${reply.status}, the good address is asked after ${tookMs} ms`);
      findings.equal("the status", reply.status, 200);
      // 300 ms, and what a slow machine adds.
      findings.expect(tookMs < 2_000, `the next address is tried after ${tookMs} ms`);
    });
  } finally {
    hole.close();
    await vendor.stop();
  }
  return findings;
}
