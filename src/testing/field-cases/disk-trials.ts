import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { eventually } from "../eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../fake-vendor.ts";
import { runCommand } from "../run-command.ts";
import { oneModelConfig } from "../one-model-config.ts";
import { runSahab, type TestSahab } from "../run-sahab.ts";
import { askModel } from "./ask-model.ts";
import { Findings, short } from "./findings.ts";
import { pull } from "./local-models.ts";
import { newFolder } from "./namespace.ts";
import { fillDisk, inNamespace } from "../small-disk.ts";
import type { Reply } from "./reply.ts";
import type { Trials } from "./trial.ts";
import type { World } from "./world.ts";

/** Disks that are full or cannot be written to. */
export const diskTrials: Trials = {
  "42-full-disk-pull": pullTooLarge,
  "42-full-disk-start": startOnFullDisk,
  "42-full-disk-traffic": trafficOnFullDisk,
  "42-read-only": startOnReadOnly,
};

/** Starts Sahab where it cannot run: it must end by itself, with what it says. */
async function failedStart(world: World, script: string) {
  const folder = newFolder(world);
  const env = { SAHAB_DATA: folder, SAHAB_PORT: "0", HOME: folder };
  return runCommand(["up"], { env, prefix: inNamespace(script, folder) });
}

async function startOnReadOnly(world: World): Promise<Findings> {
  const findings = new Findings();
  const { status, stderr } = await failedStart(world, `mount -t tmpfs -o ro,size=1m,mode=700 tmpfs "$0"`);
  findings.saw(`${status}: ${short(stderr)}`);
  findings.equal("the exit status", status, 1);
  findings.equal("lines", stderr.trim().split("\n").length, 1);
  findings.expect(/read-only/i.test(stderr), `it does not say that the folder is read-only: ${short(stderr)}`);
  return findings;
}

async function startOnFullDisk(world: World): Promise<Findings> {
  const findings = new Findings();
  const fill = `mount -t tmpfs -o size=64k,mode=700 tmpfs "$0"; head -c 1000000 /dev/zero >"$0/fill" || true`;
  const { status, stderr } = await failedStart(world, fill);
  const own = stderr.replace(/^head: .*\n?/gm, "");
  findings.saw(`${status}: ${short(own)}`);
  findings.equal("the exit status", status, 1);
  findings.expect(/full|no space/i.test(own), `it does not say that the disk is full: ${short(own)}`);
  findings.expect(!/another/i.test(own), `it says that another Sahab runs: ${short(own)}`);
  return findings;
}

/** A program on a small disk of its own. `inside` is the path of a file on it as this process sees it. */
async function withSmallDisk(
  world: World,
  vendor: FakeVendor,
  trial: (sahab: TestSahab, inside: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = newFolder(world);
  const sahab = await runSahab({
    dataDir: folder,
    prefix: inNamespace(`mount -t tmpfs -o size=64m,mode=700 tmpfs "$0"`, folder),
    // The disk is empty, so that the key cannot be read from a file of this process.
    env: { SAHAB_ADMIN_KEY: "sk-admin-of-the-small-disk" },
    config: oneModelConfig(vendor.url, "m"),
  });
  try {
    await trial(sahab, (name) => join(`/proc/${sahab.pid}/root`, folder, name));
  } finally {
    await sahab.close();
  }
}

async function trafficOnFullDisk(world: World): Promise<Findings> {
  const findings = new Findings();
  const vendor = startFakeVendor({ m: chat(["Hello"]) });
  try {
    await withSmallDisk(world, vendor, async (sahab, inside) => {
      const made: Reply[] = [await askModel(sahab, "m"), await askModel(sahab, "m")];
      findings.expect(
        made.every(({ status }) => status === 200),
        "requests fail before the disk is full",
      );
      fillDisk(inside("fill"));
      // The first one that finds the disk full may have been sent already.
      const refused = await eventually(
        "a refusal",
        async () => {
          const reply = await askModel(sahab, "m");
          made.push(reply);
          return reply.status === 503 && reply;
        },
        30_000,
      ).catch(() => undefined);
      findings.expect(
        refused !== undefined,
        `requests on a full disk get ${made.map(({ status }) => status).join(", ")}`,
      );
      const calls = vendor.calls.length;
      const more = [await askModel(sahab, "m"), await askModel(sahab, "m")];
      const ready = await fetch(`${sahab.address}/readyz`);
      findings.saw(`full: ${more.map(({ status }) => status).join(", ")}; readyz ${ready.status}`);
      findings.equal(
        "statuses on the full disk",
        more.map(({ status }) => status),
        [503, 503],
      );
      findings.equal("calls of the vendor on the full disk", vendor.calls.length - calls, 0);
      findings.expect(!ready.ok, "readyz says that it is ready");
      rmSync(inside("fill"));
      const after = await eventually("an answer with room again", async () => {
        const reply = await askModel(sahab, "m");
        return reply.status === 200 && reply;
      }).catch(() => undefined);
      findings.expect(after !== undefined, "nothing is answered when there is room again");
      const served = [...made, ...more, ...(after ? [after] : [])].filter(({ status }) => status === 200);
      const kept = async () => {
        const ids = new Set((await sahab.records()).map(({ id }) => id));
        return served.every(({ id }) => ids.has(id));
      };
      findings.expect(await eventually("all records", kept).catch(() => false), "a record of a call is lost");
    });
  } finally {
    await vendor.stop();
  }
  return findings;
}

async function pullTooLarge(world: World): Promise<Findings> {
  const findings = new Findings();
  const vendor = startFakeVendor({ m: chat(["Hello"]) });
  const piece = new Uint8Array(1_000_000);
  const size = 200_000_000;
  let sentBytes = 0;
  const host = createServer((_request, response) => {
    response.writeHead(200, { "content-length": size });
    Readable.from(
      (function* () {
        for (; sentBytes < size; sentBytes += piece.length) yield piece;
      })(),
    ).pipe(response);
  });
  await once(host.listen(0, "127.0.0.1"), "listening");
  const { port } = host.address() as AddressInfo;
  try {
    await withSmallDisk(world, vendor, async (sahab, inside) => {
      const { isServed, text } = await pull(sahab, `http://127.0.0.1:${port}/big.gguf`, "big");
      const parts = existsSync(inside("models")) ? readdirSync(inside("models")) : [];
      findings.saw(`${short(text)}; left: ${parts.join(", ")}`);
      findings.expect(sentBytes < size / 4, `${sentBytes} bytes were fetched first`);
      findings.expect(!isServed, "it is said to be served");
      const sizes = text.match(/\d[\d.,]* ?(?:bytes|[kKMG]i?B)/g) ?? [];
      findings.expect(sizes.length >= 2, `it does not tell both sizes: ${short(text)}`);
      findings.expect(/disk|space|room/i.test(text), `it does not speak of the disk: ${short(text)}`);
      findings.expect(!parts.some((name) => name.includes("part")), `a part is left behind: ${parts.join(", ")}`);
    });
  } finally {
    host.closeAllConnections();
    host.close();
    await vendor.stop();
  }
  return findings;
}
