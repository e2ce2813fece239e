// Fits the planner's calibrations again and writes src/planner/data/calibrations.json: bun tools/fit-performance.ts
// [perf_model.csv of Splitwise's simulator; by default the medians of it that are in the repository].
import { join } from "node:path";
import { heldOut, parsePublished, splitPoints } from "../src/planner/performance/fit-data.ts";
import { measuredChip } from "../src/planner/performance/calibration.ts";
import { crossValidate, fitCalibrations, fitPointOf, medianErrors, ratiosOf } from "../src/planner/performance/fit.ts";
import { fitThroughput, throughputRatio } from "../src/planner/performance/fit-throughput.ts";
import { median, parseMeasuredPoints } from "../src/planner/performance/measured-points.ts";

const data = join(import.meta.dir, "..", "src", "planner", "data");
const measuredFile = process.argv[2] ?? join(data, "splitwise-points.csv");
const measured = splitPoints(
  parseMeasuredPoints(await Bun.file(measuredFile).text()).map(fitPointOf),
  heldOut.measured,
);
const published = await Bun.file(join(data, "published-throughput.json")).json();
const figures = splitPoints(parsePublished(published), heldOut.published);

const old = fitCalibrations(measured.fitted);
const power = Object.values(old)[0];
if (!power) throw new Error(`Cannot fit: ${measuredFile} has no points`);
/** By chip, each fitted by itself. */
const current = new Map(
  [...Map.groupBy(figures.fitted, chipOf)].map(([chip, points]) => [chip, fitThroughput(points, power)]),
);

const show = (what: string, value: unknown) => process.stdout.write(`${what}: ${JSON.stringify(value)}\n`);
show("Splitwise, fitted points", medianErrors(measured.fitted.map((point) => ratiosOf(point, old))));
show("Splitwise, points held out", medianErrors(measured.held.map((point) => ratiosOf(point, old))));
const validated = crossValidate([...measured.fitted, ...measured.held]);
for (const [group, ratios] of validated) show(`  ${group}, fitted to all others`, medianErrors(ratios));
show("  all groups", medianErrors([...validated.values()].flat()));
const ratioOf = (point: (typeof figures.held)[number]) => {
  const calibration = current.get(chipOf(point));
  if (!calibration) throw new Error(`Cannot predict ${point.group}: no point of its chip is fitted`);
  return throughputRatio(point, calibration);
};
const error = (points: typeof figures.held) => median(points.map((point) => Math.abs(ratioOf(point) - 1)));
show("Published throughput, fitted points", error(figures.fitted));
for (const [group, points] of Map.groupBy(figures.held, (point) => point.group))
  show(`  ${group}, held out`, error(points));
show("Published throughput, points held out", error(figures.held));

const rounded = (numbers: object) =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(Number(value).toPrecision(4))]));
const splitwise =
  "Fitted to Splitwise's measurements (ISCA 2024; github.com/Mutinifni/splitwise-sim, perf_model.csv, MIT); watts to those of the A100";
const content = {
  "2023": Object.entries(old).map(([accelerator, numbers]) => ({
    accelerator,
    ...rounded(numbers),
    source: splitwise,
    date: "2024-06",
  })),
  current: [...current].map(([accelerator, numbers]) => ({
    accelerator,
    ...rounded(numbers),
    source: `Fitted to published throughput: ${published.source}; watts as Splitwise's A100`,
    date: published.date,
  })),
};
await Bun.write(join(data, "calibrations.json"), `${JSON.stringify(content, null, 2)}\n`);

function chipOf({ replica }: (typeof figures.held)[number]): string {
  return measuredChip(replica.accelerator.id);
}
