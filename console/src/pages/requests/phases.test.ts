import { expect, test } from "bun:test";
import { phasesOf } from "./phases.ts";

const attempt = (fields: object) =>
  ({ started_ms: 0, sent_ms: null, first_text_ms: null, duration_ms: 0, outcome: "ok", ...fields }) as Parameters<
    typeof phasesOf
  >[0];

test("an attempt waits until it is sent, until its first text, and answers until its end", () => {
  const whole = { started_ms: 100, sent_ms: 150, first_text_ms: 300, duration_ms: 400 };
  expect(phasesOf(attempt(whole), 1_000)).toEqual([
    { name: "before", durationMs: 50, start: 0.1, width: 0.05 },
    { name: "waiting", durationMs: 150, start: 0.15, width: 0.15 },
    { name: "answering", durationMs: 200, start: 0.3, width: 0.2 },
  ]);
});

test("one that failed ends in its failure, also where it had begun to answer or was never sent", () => {
  const namesOf = (fields: object) => phasesOf(attempt({ duration_ms: 100, ...fields }), 100).map(({ name }) => name);
  expect(namesOf({ sent_ms: 10, outcome: "upstream_error" })).toEqual(["before", "failed"]);
  expect(namesOf({ sent_ms: 10, first_text_ms: 20, outcome: "stream_interrupted" })).toEqual([
    "before",
    "waiting",
    "failed",
  ]);
  expect(namesOf({ outcome: "upstream_unreachable" })).toEqual(["failed"]);
  expect(namesOf({ sent_ms: 0 })).toEqual(["answering"]);
});

test("nothing is beyond the request's time, whatever the clocks say", () => {
  for (const phase of phasesOf(attempt({ started_ms: 50, sent_ms: 500, first_text_ms: 40, duration_ms: 100 }), 120))
    expect(phase.start + phase.width).toBeLessThanOrEqual(1);
  expect(phasesOf(attempt({ duration_ms: 0 }), 0)).toHaveLength(1);
});
