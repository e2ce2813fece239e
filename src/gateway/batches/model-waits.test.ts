import { describe, expect, test } from "bun:test";
import { SahabError, type ErrorCode } from "../../base/errors.ts";
import type { LineOutcome } from "./line-job.ts";
import { ModelWaits } from "./model-waits.ts";

function outcomeOf(code: ErrorCode, isLasting = false): LineOutcome & { failure: SahabError } {
  const tokens = { input: 0, cachedInput: 0, output: 0, reasoning: 0 };
  const failure = new SahabError(code, "it failed");
  return { status: 502, body: "{}", requestId: "r", failure, isAsked: true, isAtRest: false, isLasting, tokens };
}

function fail(waits: ModelWaits, outcome: ReturnType<typeof outcomeOf>, startedMs: number, nowMs = startedMs): void {
  waits.noteFailure("m", { outcome, failure: outcome.failure, startedMs, nowMs });
}

describe("lines of a model that fails", () => {
  test("wait together, longer each time, and share the failure after five in a row", () => {
    const waits = new ModelWaits();
    const outcome = outcomeOf("upstream_unreachable");
    const pauses = [];
    let nowMs = 10_000;
    while (!waits.shared("m") && pauses.length < 20) {
      fail(waits, outcome, nowMs);
      // Three more were under way.
      for (let index = 0; index < 3; index++) fail(waits, outcome, nowMs - 10, nowMs + 1);
      pauses.push(waits.untilMs("m") - nowMs);
      nowMs = Math.max(nowMs, waits.untilMs("m")) + 1;
    }
    expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(pauses).toHaveLength(5);
    expect(waits.shared("m")).toBe(outcome);
    expect(waits.untilMs("other")).toBe(0);
    waits.noteSuccess("m");
    expect([waits.shared("m"), waits.untilMs("m")]).toEqual([undefined, 0]);
  });

  test("ask a target that rests at once where a rest does not mend it, and share the failure after five", () => {
    const waits = new ModelWaits();
    for (let nowMs = 1; nowMs <= 5; nowMs++) {
      expect(waits.shared("m")).toBeUndefined();
      fail(waits, outcomeOf("upstream_model_not_found", true), nowMs);
      expect(waits.untilMs("m")).toBe(0);
      expect(waits.asksAtRest("m", nowMs)).toBe(nowMs < 5);
    }
    expect(waits.shared("m")?.failure?.code).toBe("upstream_model_not_found");
  });

  test("wait two minutes at most for targets that others send to rest", () => {
    const waits = new ModelWaits();
    for (let nowMs = 0; nowMs < 120_000; nowMs += 1_000) {
      expect(waits.asksAtRest("m", nowMs)).toBe(false);
      waits.noteRest("m", nowMs);
      expect(waits.untilMs("m")).toBe(nowMs + 1_000);
    }
    expect(waits.asksAtRest("m", 120_000)).toBe(true);
    fail(waits, outcomeOf("upstream_error"), 120_000);
    expect(waits.asksAtRest("m", 120_001)).toBe(false);
  });
});
