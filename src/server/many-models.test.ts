import { afterAll, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { engineBytes, localModel, placeModels, readFleet } from "../testing/memory-fleet.ts";
import { seededRandom } from "../testing/random.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

/** For how long requests come. 600 plays ten minutes. */
const seconds = Number(process.env["SAHAB_MANY_MODELS_SECONDS"] ?? 30);
const names = ["m1", "m2", "m3", "m4", "m5", "m6"];
/** Requests that wait when no more come are served; each has at most the bound of its queue. */
const queueWaitMs = 120_000;

let sahab: TestSahab | undefined;
afterAll(() => sahab?.close());

test(
  `six models where three fit: random requests for ${seconds} s`,
  async () => {
    const running = (sahab = await runSahab({ env: { SAHAB_WORKERS: "2", SAHAB_PORT: String(await findFreePort()) } }));
    await placeModels(running.dataDir, names);
    const models = names.map((name) => localModel(name));
    await running.apply({ memory: "20GB", models });
    // Files' headers are read after `apply` has answered.
    const estimate = await eventually("what each model needs", async () => {
      const { engines } = await readFleet(running);
      const needs = engines.map(({ memory }) => memory?.estimatedBytes ?? Infinity);
      return needs.length === names.length && Math.max(...needs) < Infinity ? Math.max(...needs) : undefined;
    });
    const budgetBytes = Math.floor(estimate * 3.5);
    await running.apply({ memory: `${budgetBytes}B`, models });

    const endMs = performance.now() + seconds * 1000;
    const faults: string[] = [];
    const served = new Map<string, number>(names.map((name) => [name, 0]));
    /** When each process of a model was first seen. */
    const loads = new Map<string, Map<number, number>>(names.map((name) => [name, new Map<number, number>()]));
    let isOver = false;
    let heldMax = 0;
    const watching = (async () => {
      while (!isOver) {
        // Workers are children too, and their memory is not the models'.
        const { engines, memory } = await readFleet(running);
        const pids = engines.flatMap(({ pid }) => pid ?? []);
        const held = engineBytes(pids);
        heldMax = Math.max(heldMax, held);
        if (held > budgetBytes) faults.push(`engines hold ${held} bytes of ${budgetBytes}`);
        if ((memory?.reservedBytes ?? Infinity) > budgetBytes)
          faults.push(`${memory?.reservedBytes} bytes are reserved`);
        for (const { name, pid, memory } of engines) {
          if ((memory?.loadsLastMinute ?? 0) > 2) faults.push(`${name} is loaded for the third time in a minute`);
          const seen = loads.get(name);
          if (pid !== null && seen && !seen.has(pid)) seen.set(pid, performance.now());
        }
        await Bun.sleep(200);
      }
    })();
    const client = async (seed: number) => {
      const random = seededRandom(seed);
      while (performance.now() < endMs) {
        const model = names[Math.floor(random() ** 1.5 * names.length)] ?? "m1";
        const stream = random() < 0.5;
        const body = {
          model,
          stream,
          max_tokens: 1 + Math.floor(random() * 60),
          messages: [{ role: "user", content: "Hi" }],
        };
        const startMs = performance.now();
        const response = await running.call("/v1/chat/completions", body);
        const text = await response.text();
        const isWhole = response.status === 200 && (!stream || text.includes("[DONE]"));
        if (isWhole) served.set(model, (served.get(model) ?? 0) + 1);
        else if (response.status !== 503 || !text.includes('"overloaded"') || !response.headers.has("retry-after"))
          faults.push(
            `${model} after ${Math.round(performance.now() - startMs)} ms: ${response.status} ${text.slice(-300)}`,
          );
        await Bun.sleep(random() * 400);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, seed) => client(seed + 1)));
    isOver = true;
    await watching;
    if (faults.length > 0) console.log(running.logs().slice(-3000));
    expect(faults.slice(0, 10)).toEqual([]);
    for (const [name, seen] of loads) {
      const times = [...seen.values()];
      for (const [at, third] of times.slice(2).entries())
        // Both were seen up to half a second late.
        expect({ name, apartMs: third - (times[at] ?? 0) > 59_000 }).toEqual({ name, apartMs: true });
    }
    const total = [...loads.values()].reduce((sum, { size }) => sum + size, 0);
    console.log({ seconds, served: Object.fromEntries(served), loads: total, heldMax, budgetBytes });
    expect(Math.min(...served.values())).toBeGreaterThan(0);
    // More than three were loaded, so models did make room.
    expect(total).toBeGreaterThan(5);
    expect(heldMax).toBeGreaterThan(estimate);
  },
  (seconds + 30) * 1000 + queueWaitMs,
);
