import { describe, expect, test } from "bun:test";
import { keptFindings } from "./findings.ts";
import { makeInput } from "./make-input.ts";
import { runInputs, tryInput } from "./run-inputs.ts";
import { seededRandom } from "../random.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets/index.ts";

const seed = 1;
/** Together they take a few seconds. `npm run fuzz` goes on from there. */
const inputsEach = 1_000;

describe("made-up input", () => {
  for (const target of targets)
    test(`${target.name}: is read or refused, and never worse`, async () => {
      const findings = await runInputs(target, { seed, from: 0, inputs: inputsEach, findingsMax: 3 });
      expect(
        findings.map(({ problem, index, input }) => ({ problem, index, input: input.toString("latin1") })),
      ).toEqual([]);
    });

  for (const target of targets)
    for (const { name, input } of keptFindings(target.name))
      test(`${target.name}: ${name}, which was found once`, async () => {
        // With other choices of the target, too: how the input is cut, by which path it comes.
        for (let choice = 0; choice < 50; choice++)
          expect(await tryInput(target, input, seededRandom(choice))).toBeUndefined();
      });
});

test("a fault is found, made small, and told once", async () => {
  const faulty: Target = {
    name: "faulty",
    seeds: ["a long text around the seed of it"],
    words: ["BOOM"],
    run(input) {
      if (input.includes("BOOM")) throw new TypeError("it went off");
    },
  };
  const findings = await runInputs(faulty, { seed, from: 0, inputs: 2_000, findingsMax: 3 });
  expect(findings.map(({ problem, input }) => [problem, input.toString()])).toEqual([
    ["TypeError: it went off", "BOOM"],
  ]);
});

test("an input can be made again from its number", () => {
  for (const target of targets)
    for (const index of [0, 7, 4711])
      expect(makeInput(target, seed, index).input.equals(makeInput(target, seed, index).input)).toBe(true);
});
