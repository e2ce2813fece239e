import { expect, test } from "bun:test";
import { ReplicaStates } from "./index.ts";

const replica = { provider: "p", model: "m" };
const attempt = (startedMs: number) => ({ ...replica, startedMs });
const rests = (states: ReplicaStates, nowMs: number) => states.of(replica).isResting(nowMs);

/** When the rest that a failure at 0 begins is over. */
function restOf(retryAfterS: number | undefined): number {
  const states = new ReplicaStates();
  states.noteFailure(attempt(0), 0, retryAfterS);
  for (let ms = 0; ms <= 1_000_000; ms += 100) if (!rests(states, ms)) return ms;
  return Number.POSITIVE_INFINITY;
}

test("a rest is five seconds unless told, and two minutes at most", () => {
  expect([undefined, 0, 7, 86_400].map(restOf)).toEqual([5_000, 5_000, 7_000, 120_000]);
  const states = new ReplicaStates();
  states.noteFailure(attempt(0), 0, undefined);
  expect(states.of({ ...replica, model: "another" }).isResting(0)).toBe(false);
});

test("the end of a rest is one attempt; all others see the replica resting until it ends", () => {
  const states = new ReplicaStates();
  states.noteFailure(attempt(0), 100, undefined);
  const probe = attempt(6_000);
  expect(rests(states, 6_000)).toBe(false);
  states.begin(probe, 6_000);
  expect(rests(states, 6_000)).toBe(true);
  states.begin(attempt(6_001), 6_001); // asked because nothing else was left: it does not take the probe's place
  states.end(attempt(6_001));
  expect(rests(states, 6_002)).toBe(true);
  states.noteSuccess(probe);
  expect(rests(states, 6_003)).toBe(false);
});

test("a probe that says nothing about the replica leaves the next one to find out", () => {
  const states = new ReplicaStates();
  states.noteFailure(attempt(0), 100, undefined);
  const probe = attempt(6_000);
  states.begin(probe, 6_000);
  states.end(probe);
  expect(rests(states, 6_001)).toBe(false);
  states.begin(attempt(6_002), 6_002);
  expect(rests(states, 6_003)).toBe(true);
});

test("each probe that fails doubles the rest, to a minute; a burst of failures is one", () => {
  const states = new ReplicaStates();
  let nowMs = 0;
  for (let i = 0; i < 20; i++) states.noteFailure(attempt(0), nowMs++, undefined);
  const rested = [];
  for (let round = 0; round < 6; round++) {
    const begin = nowMs;
    while (rests(states, nowMs)) nowMs += 10;
    rested.push(Math.round((nowMs - begin) / 1_000));
    const probe = attempt(nowMs);
    states.begin(probe, nowMs);
    states.noteFailure(probe, nowMs, undefined);
  }
  expect(rested).toEqual([5, 10, 20, 40, 60, 60]);
});

test("an answer from before the failure does not end the rest, one from after it does", () => {
  const states = new ReplicaStates();
  states.noteFailure(attempt(0), 100, 60);
  states.noteSuccess(attempt(50));
  expect(rests(states, 200)).toBe(true);
  states.noteSuccess(attempt(150));
  expect(rests(states, 200)).toBe(false);
});

test("a probe that succeeds after another attempt has failed leaves the next one to find out", () => {
  const states = new ReplicaStates();
  states.noteFailure(attempt(0), 100, undefined);
  const probe = attempt(6_000);
  states.begin(probe, 6_000);
  // It began beside the probe, since nothing else was left, and failed later.
  states.noteFailure(attempt(6_001), 6_100, 1);
  states.noteSuccess(probe);
  expect(rests(states, 6_200)).toBe(true);
  expect(rests(states, 7_200)).toBe(false);
});
