import { expect, test } from "bun:test";
import type { Told } from "../sheet/index.ts";
import {
  accelerators,
  atReactor,
  commonRates,
  finance,
  findAccelerator,
  findHost,
  findServing,
  findSite,
  hosts,
  reactor,
  reactorAvailabilityOf,
  servingFigures,
  sites,
} from "./index.ts";

test("every figure has a source, or says that it is assumed, and is low ≤ likely ≤ high", () => {
  const all: Told[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    if ("likely" in value) all.push(value as Told);
    Object.values(value).forEach(visit);
  };
  visit([accelerators, hosts, sites, finance, reactor, servingFigures, commonRates]);
  for (const { group } of servingFigures) expect(group.source).toMatch(/^[A-Za-z]/);
  expect(all.length).toBeGreaterThan(100);
  for (const told of all) {
    expect(told.source, JSON.stringify(told)).toMatch(/^(assumed|arXiv|[A-Z])/);
    const [low, likely, high] = [told.low, told.likely, told.high].map(Number) as [number, number, number];
    expect(low > 0 && low <= likely && likely <= high, JSON.stringify(told)).toBe(true);
  }
  for (const { source, date } of accelerators) expect(`${source} ${date}`).toMatch(/. \d{4}/);
});

test("every accelerator has a host, every published speed the host that it was measured on", () => {
  for (const { id } of accelerators) expect(findHost(id).count).toBeGreaterThan(0);
  for (const { model, accelerator, count } of servingFigures) {
    expect(findHost(accelerator, count).accelerators).toContain(findAccelerator(accelerator).id);
    expect(findServing(model.toLowerCase(), accelerator)?.count).toBe(count);
  }
});

test("idle takes less power than work; numbers of a data sheet are in bytes and operations a second", () => {
  for (const { wattsIdle, wattsFull, memoryBytes, memoryBytesPerSecond, flopsPerSecond } of accelerators) {
    expect(wattsIdle).toBeLessThan(wattsFull);
    expect(memoryBytes).toBeGreaterThan(16e9);
    expect(memoryBytesPerSecond).toBeGreaterThan(500e9);
    expect(Object.values(flopsPerSecond).every((flops) => flops > 1e13 && flops < 2e16)).toBe(true);
  }
});

test("data is asked by name, short ones too; a name that is not known says what is", () => {
  expect(findAccelerator("H100").id).toBe("h100-sxm");
  expect(findSite("cn").name).toBe("China");
  expect(() => findAccelerator("h-800")).toThrow(
    'Cannot find accelerator "h-800"; did you mean h800?; allowed are a100-80gb, a800-80gb,',
  );
  expect(() => findHost("h800", 3)).toThrow("Cannot find a host for 3 h800: allowed are 8 (hgx-8)");
  expect(findServing("llama-3.1-70b", "h800")).toBeUndefined();
});

test("a reactor changes a site's power, not its building", () => {
  const site = findSite("CN");
  expect(atReactor(site)).toEqual({
    ...site,
    powerPrice: reactor.powerPrice,
    gramsPerKilowattHour: reactor.gramsPerKilowattHour,
  });
});

test("reactors give their country's part of the year, and the world's where a country has none", () => {
  const likely = (id: string) => Number(reactorAvailabilityOf(findSite(id)).likely);
  expect(likely("FR")).toBeCloseTo(361.7 / (61.4 * 8.76), 1.9);
  expect(likely("CN")).toBeCloseTo(7661 / 8760, 1.9);
  expect([likely("FR") < likely("NO"), likely("NO") < likely("US")]).toEqual([true, true]);
  expect(reactorAvailabilityOf(findSite("DE")).source).toMatch(/; Germany has no reactors at work$/);
});
