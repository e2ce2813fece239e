import { expect, test } from "bun:test";
import { chat, doneEvent, errorAnswer, startFakeVendor } from "../testing/fake-vendor.ts";
import { runSahab } from "../testing/run-sahab.ts";
import { hasClockLibrary, openLibraryClock, openScriptClock, type SettableClock } from "../testing/settable-clock.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// The machine's clock is set forward and back by ten minutes under load: no stream ends, no target rests for longer, and no
// record has a duration that cannot be.

const stepMs = 600_000;
const clients = 8;
const words = Array.from({ length: 12 }, (_, index) => `word${index} `);

async function stepUnderLoad(clock: SettableClock): Promise<void> {
  let failures = 0;
  const vendor = startFakeVendor({
    paced: chat(words, { paceMs: 60 }),
    // Fails twice at first, so that it rests for 5 s.
    flaky: (call) => (++failures <= 2 ? errorAnswer(500, { message: "no" }) : chat(["well"])(call)),
    spare: chat(["spare"]),
  });
  const price = { currency: "USD", input: 1, output: 2 };
  const sahab = await runSahab({
    env: clock.env,
    config: {
      providers: [
        { name: "v", vendor: "compatible", base_url: vendor.url, timeouts: { first_text_ms: 3_000, idle_ms: 3_000 } },
      ],
      models: [
        { name: "paced", targets: [{ provider: "v", model: "paced" }], price },
        {
          name: "flaky",
          targets: [
            { provider: "v", model: "flaky", priority: 1 },
            { provider: "v", model: "spare", priority: 2 },
          ],
          price,
        },
      ],
      projects: [{ name: "default" }],
    },
  });
  try {
    const { key } = await sahab.createKey();
    const ask = async (model: string, stream: boolean) => {
      const body = { model, stream, messages: [{ role: "user", content: "Hi" }] };
      const response = await sahab.call("/v1/chat/completions", body, { key });
      const text = await response.text();
      return {
        status: response.status,
        text,
        isWhole: response.status === 200 && (!stream || text.endsWith(doneEvent)),
      };
    };
    expect((await ask("flaky", false)).text).toContain("spare");
    const restedFromMs = performance.now();
    let isOver = false;
    let answers = 0;
    const broken: string[] = [];
    const load = Array.from({ length: clients }, async (_, index) => {
      for (let turn = index; !isOver; turn++) {
        const { isWhole, status, text } = await ask("paced", turn % 2 === 0);
        if (isWhole) answers++;
        else broken.push(`${status} ${text.slice(-200)}`);
      }
    });
    const steps = [stepMs, 0, -stepMs, stepMs, -stepMs, 0];
    for (const offsetMs of steps) {
      await clock.set(offsetMs);
      await Bun.sleep(700);
    }
    // The rest is over as if the clock had not been set.
    await Bun.sleep(Math.max(0, restedFromMs + 5_600 - performance.now()));
    expect((await ask("flaky", false)).text).toContain("well");
    isOver = true;
    await Promise.all(load);
    expect(broken).toEqual([]);
    expect(answers).toBeGreaterThan(clients * 3);

    const records = await sahab.records();
    const paced = records.filter(({ model, outcome }) => model === "paced" && outcome === "ok");
    expect(paced.length).toBe(answers);
    for (const { stream, latency_ms: latency, time_to_first_token_ms: first, attempt_list: attempts } of paced) {
      const times = [
        latency,
        first ?? 0,
        ...attempts.flatMap((one) => [one.started_ms, one.sent_ms ?? 0, one.duration_ms]),
      ];
      expect(times.filter((ms) => ms < 0 || ms > 10_000)).toEqual([]);
      // The vendor alone takes 12 words of 60 ms for a stream.
      if (stream) expect(latency).toBeGreaterThan(500);
    }
    // The clock was set: the records' own times, which are wall time, tell of it.
    const at = records.map(({ time }) => Date.parse(time) - Date.now());
    expect(Math.max(...at)).toBeGreaterThan(stepMs / 2);
    expect(Math.min(...at)).toBeLessThan(-stepMs / 2);
  } finally {
    await sahab.close();
    await vendor.stop();
  }
}

async function inFolder(open: (folder: string) => SettableClock | undefined): Promise<void> {
  const folder = makeTemporaryFolder();
  try {
    const clock = open(folder);
    if (clock) await stepUnderLoad(clock);
  } finally {
    removeTemporaryFolder(folder);
  }
}

test("the wall clock of the program is set", () => inFolder(openScriptClock), 60_000);

if (hasClockLibrary())
  test("the wall clock of the process is set, native code included", () => inFolder(openLibraryClock), 60_000);
