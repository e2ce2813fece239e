import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startFakePassedVendor } from "../testing/fake-passed-vendor.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What large files cost the running program. It has no other load, so that its peak is theirs.

let vendor: ReturnType<typeof startFakePassedVendor>;
let sahab: TestSahab;

beforeAll(async () => {
  const [transcribed, made] = [
    Response.json({ text: "Hello" }),
    Response.json({ data: [{ b64_json: "A".repeat(25 * mebibyte) }] }),
  ];
  const answer = async (response: Response) => new Response(await response.clone().arrayBuffer(), response);
  vendor = startFakePassedVendor({
    m: ({ path }) => answer(path.endsWith("/transcriptions") ? transcribed : made),
  });
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

async function send(path: string, body: FormData | string): Promise<number> {
  const { key } = await sahab.createKey();
  const headers = {
    authorization: `Bearer ${key}`,
    ...(typeof body === "string" && { "content-type": "application/json" }),
  };
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

const onLinux = test.skipIf(process.platform !== "linux");

onLinux(
  "25 MB are held once on their way in",
  async () => {
    expect(await send("/v1/audio/transcriptions", form(1_000))).toBe(200);
    const before = peakBytes();
    expect(await send("/v1/audio/transcriptions", form(25 * mebibyte))).toBe(200);
    const grown = (peakBytes() - before) / mebibyte;
    console.log(`25 MiB in: the peak of memory grew by ${grown.toFixed(0)} MiB`);
    expect(grown).toBeLessThan(60);
  },
  60_000,
);

onLinux(
  "25 MB of images in an answer are not parsed",
  async () => {
    const before = peakBytes();
    expect(await send("/v1/images/generations", JSON.stringify({ model: "m", prompt: "a" }))).toBe(200);
    const grown = (peakBytes() - before) / mebibyte;
    console.log(grown);
    expect(grown).toBeLessThan(100);
  },
  60_000,
);
