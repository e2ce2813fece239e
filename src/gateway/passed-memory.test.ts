import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startFakePassedVendor } from "../testing/fake-passed-vendor.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What large files cost the running program. It has no other load, so that its peak is theirs.

let vendor: ReturnType<typeof startFakePassedVendor>;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakePassedVendor({ m: () => Response.json({ text: "Hello" }) });
  sahab = await runSahab({ config: oneModelConfig(vendor.url, "m") });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const mebibyte = 1024 * 1024;

/** Bytes of memory that the process had at most. */
function peakBytes(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${sahab.pid}/status`, "utf8"))?.[1]) * 1024;
}

async function send(path: string, body: FormData): Promise<number> {
  const { key } = await sahab.createKey();
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(sahab.address + path, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}

function form(bytes: number): FormData {
  const data = new FormData();
  data.append("file", new Blob([Buffer.alloc(bytes, "sound")]), "a.mp3");
  data.append("model", "m");
  return data;
}

test.skipIf(process.platform !== "linux")("25 MB are held once on their way in", async () => {
  expect(await send("/v1/audio/transcriptions", form(1_000))).toBe(200);
  const before = peakBytes();
  expect(await send("/v1/audio/transcriptions", form(25 * mebibyte))).toBe(200);
  const grown = (peakBytes() - before) / mebibyte;
  // 46 where this was written: the body, and what the system has not taken of it. A copy would be 25 more.
  expect(grown).toBeLessThan(65);
});
