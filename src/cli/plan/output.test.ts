import { expect, test } from "bun:test";
import type { Plan } from "../../planner/questions/plan.ts";
import {
  costOfCount,
  explain,
  moneyUnit,
  physicalUnit,
  priceOfEach,
  quantity,
  Sheet,
  units,
} from "../../planner/sheet/index.ts";
import { explainText } from "./explain-text.ts";
import { curveOf } from "./plan-curve.ts";
import { planCsv } from "./plan-csv.ts";
import { planJson } from "./plan-json.ts";
import { reportPlan } from "./plan-report.ts";
import { planTable } from "./plan-table.ts";
import { barChart } from "./page/bar-chart.ts";
import { chartWidth } from "./page/chart.ts";
import { curveChart } from "./page/curve-chart.ts";
import { planPage } from "./page/plan-page.ts";

/** Machines at a price and their power, and what a million tokens costs. */
function samplePlan(): Plan {
  const sheet = new Sheet("USD");
  const nodes = sheet.given("nodes", units.nodes, 200);
  const price = sheet.assume("price of a node", moneyUnit("USD", "node"), {
    low: 200_000,
    likely: 250_000,
    high: 350_000,
    source: "a price list <of> a vendor",
    date: "2025-03",
  });
  const speed = sheet.assume("tokens per day", physicalUnit("million tokens"), {
    low: 1e6,
    likely: 2e6,
    high: 2.5e6,
    source: "assumed",
  });
  const machines = sheet.figure("machines", moneyUnit("USD"), "nodes × price of a node", { nodes, price }, (it) => {
    return costOfCount(it.price, it.nodes);
  });
  const building = sheet.given("building", moneyUnit("USD"), "1234567.000000001");
  const total = sheet.sum("capital needed", moneyUnit("USD"), [machines, building]);
  const cost = sheet.figure(
    "cost of a million tokens",
    moneyUnit("USD", "million tokens"),
    "capital ÷ tokens",
    { total, speed },
    (it) => priceOfEach(it.total, it.speed),
  );
  const power = sheet.figure("power", units.watts, "nodes × 10 kW", { nodes }, (it) =>
    quantity(it.nodes * 10_000, "W"),
  );
  return {
    question: "capital",
    title: 'What "2 bn" <b>buys</b>',
    sheet,
    results: [
      { key: "cost_per_million_tokens", figure: cost.name },
      { key: "capital", figure: total.name },
      { key: "power_watts", figure: power.name },
    ],
    breakdowns: [{ total: total.name, parts: [machines.name, building.name] }],
    notes: ["Nodes are rented by nobody here."],
  };
}

const report = () => reportPlan(samplePlan(), 1);

test("the table has ranges, units, shares that add up and what moves the result, in 80 columns", () => {
  const table = planTable(report());
  expect(table.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(table).toMatch(/cost of a million tokens {2}25\.6 \(\d[\d.]+ – \d[\d.]+\) USD\/million tokens/);
  expect(table).toMatch(/power +2 MW\n/);
  expect(table).toMatch(/in m USD:\n {2}machines +50 \([\d.]+ – [\d.]+\) +97\.6 %\n {2}building +1\.23 +2\.4 %/);
  expect(table).toMatch(/ {2}tokens per day +1 – 2\.5 tn tokens +51\.2 … 20\.5/);
});

test("JSON has numbers for results and exact decimals for what adds up", () => {
  const { results, ranges, breakdowns, sensitivity } = planJson(report()) as Record<string, Record<string, unknown>>;
  expect(results).toMatchObject({ capital: expect.closeTo(51_234_567, 3), power_watts: 2e6 });
  expect(Object.keys(ranges ?? {})).toEqual(["cost_per_million_tokens", "capital"]);
  expect(breakdowns?.[0]).toEqual({
    name: "capital needed",
    value: "51234567.000000001",
    unit: "USD",
    parts: [
      { name: "machines", value: "50000000", unit: "USD" },
      { name: "building", value: "1234567.000000001", unit: "USD" },
    ],
  });
  expect(sensitivity?.[0]).toMatchObject({ assumption: "tokens per day", low: 1e6, high: 2.5e6, at_low: 51.234567 });
});

test("the same seed gives the same ranges, another one others", () => {
  const rangesOf = (seed: number) => reportPlan(samplePlan(), seed).results.map(({ range }) => range);
  expect(rangesOf(1)).toEqual(rangesOf(1));
  expect(rangesOf(2)).not.toEqual(rangesOf(1));
});

test("CSV has a line for each figure, with its key, unit and source", () => {
  const lines = planCsv(report()).split("\r\n");
  expect(lines[0]).toBe("kind,key,name,value,low,high,unit,source,date");
  expect(lines).toContain("part of capital,building,building,1234567.000000001,,,USD,,");
  expect(lines).toContain(
    "assumption,price of a node,price of a node,250000,200000,350000,USD/node,a price list <of> a vendor,2025-03",
  );
});

test("each figure is explained down to its assumptions and their sources", () => {
  const { sheet } = samplePlan();
  const text = explainText(explain(sheet, sheet.find("capital needed")));
  expect(text).toBe(`capital needed = 51.23457 m USD
  = machines + building
  machines = 50 m USD
    = nodes × price of a node
    nodes = 200 nodes   [given]
    price of a node = 250,000 USD/node   [200,000 – 350,000 USD/node; a price list <of> a vendor, 2025-03]
  building = 1.234567 m USD   [given]`);
});

test("the page holds all it needs, escapes names, and draws each chart", async () => {
  const curve = curveOf(samplePlan, "nodes", "capital", 1);
  expect(curve?.points.map(({ x }) => x)).toEqual([50, 100, 150, 200, 250, 300, 350, 400]);
  const page = await planPage(report(), curve, "made by a test");
  expect(page).toContain("<h1>What &quot;2 bn&quot; &lt;b&gt;buys&lt;/b&gt;</h1>");
  expect(page).not.toMatch(/<script|https?:|url\(|<link|<img|@import/);
  expect(page.match(/<svg/g)).toHaveLength(4);
  expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
});

test("labels of charts have room, however long their units are", async () => {
  // Noto Sans and Segoe UI take 6 to 7 units for a character of 13.
  const room = (chars: number) => 6.5 * chars;
  const textsOf = (svg: string) =>
    Array.from(svg.matchAll(/<text x="([\d.]+)"[^>]*?(text-anchor="(\w+)")?>\s*([^<]*?)\s*<\/text>/g), (found) => {
      const [x, anchor, width] = [Number(found[1]), found[3] ?? "start", room(found[4]?.length ?? 0)];
      const from = x - { start: 0, middle: width / 2, end: width }[anchor as "start"];
      return { text: found[4], isInside: from >= -1 && from + width <= chartWidth + 1 };
    });
  const show = (value: number) => `${value} USD/million tokens`;
  const label = "staff and repairs of a million tokens";
  const bars = await barChart("cost", [
    { label, value: 1, text: "0.685 CNY/million tokens, 56.6 %", range: { low: 0.5, high: 2 } },
  ]);
  const axis = { title: "cost", show };
  const points = [1, 2].map((x) => ({ x, likely: x, low: x, high: x }));
  const curve = await curveChart("cost by cost", points, { xAxis: axis, yAxis: axis, here: 1 });
  const texts = textsOf(String(bars) + String(curve));
  expect(texts.map(({ text }) => text)).toContain(label);
  expect(texts.filter(({ isInside }) => !isInside)).toEqual([]);
});
