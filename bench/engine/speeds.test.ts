import { expect, test } from "bun:test";
import { renderFinding } from "../report.ts";
import { readEvents } from "./events.ts";
import { judgeSpeeds, type SpeedRow } from "./speeds.ts";

const row = (subject: string, tokensPerS: number[], cores: 1 | 2 = 2): SpeedRow => ({
  model: "m",
  cores,
  streams: 4,
  measure: "answers",
  subject,
  tokensPerS,
  tokensPerCpuS: tokensPerS,
});

test("Sahab is compared with the faster llama-server of the same cores, within each round", () => {
  const rows = [
    row("Sahab", [90, 45, 92]),
    row("llama-server -t 1", [80, 40, 80]),
    row("llama-server -t 2", [100, 50, 100]),
    // What ran on one core does not count.
    row("llama-server", [1000, 1000, 1000], 1),
  ];
  const [finding, ...more] = judgeSpeeds(rows);
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ value: expect.stringMatching(/^0\.90× \(90 \/ 100; /), met: true });
  expect(renderFinding(finding ?? { what: "", value: "" })).toMatch(
    /two cores.*Sahab ÷ llama-server -t 2.*at least 0\.9×: met/,
  );
});

test("a goal that is missed is said, and without llama-server none is", () => {
  const slow = row("Sahab", [60], 1);
  expect(judgeSpeeds([slow, row("llama-server", [100], 1)])).toMatchObject([{ met: false }]);
  expect(judgeSpeeds([slow, row("direct", [50], 1)]).map(renderFinding)).toEqual([
    expect.stringMatching(/node-llama-cpp alone: 1\.20× \(60 \/ 50\)$/),
  ]);
});

test("events are read wherever their bytes are cut", async () => {
  const bytes = new TextEncoder().encode('data: {"text":"é"}\n\n: note\n\ndata: {"text":"b"}\n\ndata: [DONE]\n\n');
  for (let cut = 1; cut < bytes.length; cut++) {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.subarray(0, cut));
        controller.enqueue(bytes.subarray(cut));
        controller.close();
      },
    });
    expect(await Array.fromAsync(readEvents(new Response(body)))).toEqual([{ text: "é" }, { text: "b" }]);
  }
  expect(Array.fromAsync(readEvents(new Response("busy", { status: 503 })))).rejects.toThrow("503 busy");
});
