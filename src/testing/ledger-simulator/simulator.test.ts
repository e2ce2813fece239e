import { describe, expect, test } from "bun:test";
import { faults } from "./faults.ts";
import { simulateMinutes } from "./simulate-minutes.ts";
import { simulate } from "./simulate.ts";

const seedCount = 100;
/** Each mistake was found within so many seeds; most of them within ten. */
const faultSeedsMax = 60;

test("leases hold through crashes, partitions, and messages that are late, lost or come twice", () => {
  const failures = [];
  let [admitted, crashes] = [0, 0];
  for (let seed = 1; seed <= seedCount; seed++) {
    const { counts, failure } = simulate(seed);
    admitted += counts.admitted;
    crashes += counts.crashes;
    if (failure) failures.push(`npm run sim -- --seed ${seed}: ${failure.message}`);
  }
  expect(failures).toEqual([]);
  expect(admitted).toBeGreaterThan(seedCount * 50);
  expect(crashes).toBeGreaterThan(seedCount / 4);
});

test("a seed gives the same run each time", () => {
  expect(simulate(7)).toEqual(simulate(7));
});

test("a limit of tokens a minute is used nearly whole for ten minutes, and no minute has more", () => {
  expect(simulateMinutes(1).part).toBeGreaterThan(0.95);
});

describe("the simulator finds a mistake", () => {
  for (const fault of faults)
    test(fault, () => {
      let seed = 1;
      while (seed <= faultSeedsMax && !simulate(seed, { fault }).failure) seed++;
      expect(seed).toBeLessThanOrEqual(faultSeedsMax);
    });
});
