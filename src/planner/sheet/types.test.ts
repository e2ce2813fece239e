import { expect, test } from "bun:test";
import {
  costOfCount,
  add,
  energy,
  nodesFor,
  per,
  quantity,
  sumMoney,
  times,
  type Money,
  type Quantity,
} from "./index.ts";

test("units and currencies are types: what follows does not compile where it is marked", () => {
  const power = quantity(1500, "W");
  const hours = quantity(2, "h");
  const perKilowattHour = 60_000_000n as Money<"kWh">;
  expect(energy(power, hours)).toBe(quantity(3, "kWh"));
  expect(costOfCount(perKilowattHour, energy(power, hours))).toBe(180_000_000n as Money);
  const speed: Quantity<"token/s"> = quantity(100, "token/s");
  const perNode: Quantity<"token/s/node"> = per(speed, quantity(4, "node"));
  expect(nodesFor(speed, perNode)).toBe(quantity(4, "node"));
  expect(times(speed, quantity(2, "s"))).toBe(quantity(200, "token"));

  // @ts-expect-error hours are no power
  energy(hours, power);
  // @ts-expect-error a price of a kilowatt-hour is not paid by the hour
  costOfCount(perKilowattHour, hours);
  // @ts-expect-error hours and watts have no sum
  add(power, hours);
  // @ts-expect-error a price is not an amount
  sumMoney(perKilowattHour, 1n as Money);
  // @ts-expect-error a plain number has no unit
  const unitless: Quantity<"W"> = 5;
  // @ts-expect-error a product of quantities has no unit
  const product: Quantity<"kWh"> = power * hours;
  // @ts-expect-error nodes are not tokens
  const nodes: Quantity<"token"> = nodesFor(speed, perNode);
  expect([unitless, product, nodes]).toBeDefined();
});
