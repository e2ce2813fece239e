import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { chatEvents, startFakeVendor, streamedChat, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { residentBytes } from "../testing/process-state.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A vendor that sends what costs most beside one that is well.

const hostileMs = 4_000;
/** Between two of its events, 20 ms apart; usual on a busy machine are 100 ms. What is parsed at once takes up to half a second. */
const gapMsMax = 2_000;

/** Sends the piece over and over, as fast as it is read. */
function flood(contentType: string, first: string, piece: string): Script {
  const bytes = Buffer.from(piece);
  return () => {
    let isFirst = true;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        // Lets the test's own stream be read.
        await Bun.sleep(1);
        controller.enqueue(isFirst && first !== "" ? Buffer.from(first) : bytes);
        isFirst = false;
      },
    });
    return new Response(body, { headers: { "content-type": contentType } });
  };
}

const events = "text/event-stream";
const start = chatEvents(["a"]).slice(0, 2).join("");
const hostile: Record<string, Script> = {
  "blank-lines": flood(events, start, "\n".repeat(64 * 1024)),
  comments: flood(events, start, ":\n\n".repeat(20_000)),
  "events-of-nothing": flood(events, start, "data:\n\n".repeat(9_000)),
  "endless-event": flood(events, start, "data: x".repeat(9_000)),
  "usage-alone": flood(events, start, 'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n'.repeat(1_300)),
  "signs-of-life": flood(events, "", 'data: {"choices":[{"delta":{}}]}\n\n'.repeat(2_000)),
  "endless-body": flood("application/json", '{"choices":[', "[],".repeat(20_000)),
  "lists-of-lists": () =>
    new Response(`{"choices":[${"[],".repeat(8_000_000)}1]}`, { headers: { "content-type": "application/json" } }),
  bomb: () =>
    new Response(Bun.gzipSync(Buffer.alloc(64 * 1024 * 1024, "data:\n\n")), {
      headers: { "content-type": events, "content-encoding": "gzip" },
    }),
};

let good: FakeVendor;
let bad: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  const words = Array.from({ length: (hostileMs + 2_000) / 20 }, (_, index) => `w${index} `);
  good = startFakeVendor({ good: streamedChat(words, { paceMs: 20 }) });
  bad = startFakeVendor(hostile);
  sahab = await runSahab({
    config: {
      providers: [
        { name: "good", vendor: "compatible", base_url: good.url },
        { name: "bad", vendor: "compatible", base_url: bad.url },
      ],
      models: [["good", "good"] as const, ...Object.keys(hostile).map((name) => ["bad", name] as const)].map(
        ([provider, model]) => ({
          name: model,
          targets: [{ provider, model }],
          price: { currency: "USD", input: 1, output: 1 },
        }),
      ),
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await good?.stop();
  await bad?.stop();
});

test("the good one's stream is whole and hardly held up, and the memory is given back", async () => {
  const before = residentBytes(sahab.pid);
  const stop = new AbortController();
  const call = (path: string, model: string, stream: boolean) =>
    sahab.call(
      path,
      { model, stream, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] },
      { signal: stop.signal },
    );
  const hostiles = Object.keys(hostile).flatMap((model) =>
    ["/v1/chat/completions", "/v1/messages"].map(async (path) => {
      while (!stop.signal.aborted) {
        const response = await call(path, model, true).catch(() => undefined);
        for await (const _ of response?.body ?? []) if (stop.signal.aborted) break;
      }
    }),
  );
  const all = Promise.allSettled(hostiles);
  setTimeout(() => stop.abort(), hostileMs);
  const response = await sahab.call("/v1/chat/completions", {
    model: "good",
    stream: true,
    messages: [{ role: "user", content: "Hi" }],
  });
  let text = "";
  let longestMs = 0;
  let lastMs = performance.now();
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }
  await all;
  console.log(`longest gap ${longestMs.toFixed(0)} ms`);
  expect(text).toEndWith("data: [DONE]\n\n");
  expect(longestMs).toBeLessThan(gapMsMax);
  await eventually("the memory to be given back", () => residentBytes(sahab.pid) - before < 300 * 1024 * 1024);
});
