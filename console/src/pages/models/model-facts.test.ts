import { expect, test } from "bun:test";
import type { Model } from "../../api/schema.d.ts";
import { featuresOf, findModels, healthOf, priceOf } from "./model-facts.ts";

const rest = {
  resting: true,
  resting_until: null,
  failures: 1,
  last_failure_at: null,
  last_failure: null,
  in_flight: 0,
};
const target = (resting: boolean) => ({
  provider: "p",
  model: "m",
  priority: 1,
  weight: 1,
  prices: [],
  health: { ...rest, resting },
});
const prices = [{ currency: "USD", input: 0.55, output: 2.19 }];

test("a model rests where all of its targets do", () => {
  const health = (...resting: boolean[]) => healthOf({ targets: resting.map(target), local: null, prices });
  expect([health(false, false), health(true, false), health(true, true)]).toEqual(["well", "partly", "resting"]);
  expect(healthOf({ targets: [target(false)], local: null, prices: [] })).toBe("unpriced");
});

test("prices are exact decimals", () => {
  expect(priceOf({ prices })).toEqual({ currency: "USD", input: "0.550000000", output: "2.190000000" });
  expect(priceOf({ prices: [] })).toBeUndefined();
});

test("all words are sought in names, titles and targets", () => {
  const facts = { takes: ["text", "image"], tools: true, title: "Big Model" };
  const model = { name: "team/chat", facts, targets: [target(false)] } as unknown as Model;
  expect(findModels([model], "CHAT big")).toHaveLength(1);
  expect(findModels([model], "chat small")).toHaveLength(0);
  expect(featuresOf(model)).toEqual(["vision", "tools"]);
});
