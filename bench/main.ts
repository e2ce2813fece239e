import { gatewayParts } from "./gateway-parts.ts";
import { withLineup, type Lineup } from "./lineup.ts";
import { describeMachine } from "./machine.ts";
import { measureEngine } from "./measure-engine.ts";
import { measureEngineMemory } from "./measure-engine-memory.ts";
import { measureLedger } from "./measure-ledger.ts";
import { measureNeighbours } from "./measure-neighbours.ts";
import { measurePlan } from "./measure-plan.ts";
import { measureStart } from "./measure-start.ts";
import { parseOptions, usage, type BenchOptions } from "./options.ts";
import { gatewayPartNames, type Part } from "./part.ts";
import { number, renderFinding, renderMarkdown, say, type Finding } from "./report.ts";
import { warmUp } from "./rounds.ts";

let options: BenchOptions | "help";
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exit(2);
}
if (options === "help") {
  say(usage);
  process.exit(0);
}
const findings = await runBench(options);
process.exit(options.strict && findings.some((finding) => finding.met === false) ? 1 : 0);

async function runBench(options: BenchOptions): Promise<Finding[]> {
  const machine = describeMachine();
  for (const [name, value] of Object.entries(machine)) say(`${name.padEnd(8)} ${value}`);
  const findings: Finding[] = [];
  const raw: Partial<Record<Part, unknown>> = {};
  if (options.only.has("start")) {
    say("\n== First start");
    const measured = await measureStart(options.tree, options.quick ? 3 : 7);
    raw.start = measured.raw;
    findings.push(...measured.findings);
  }
  if (gatewayPartNames.some((part) => options.only.has(part)))
    await withLineup(options, async (lineup) => {
      const peers = lineup.peers.map(({ peer }) => `${peer.name} ${peer.version}`).join(", ");
      if (peers !== "") machine["peers"] = peers;
      say(`peers    ${peers || "none"}`);
      await benchGateway(lineup, findings, raw);
    });
  if (options.only.has("ledger")) {
    const measured = await measureLedger({ quick: options.quick, records: options.ledgerRecords });
    raw.ledger = measured.raw;
    findings.push(...measured.findings);
  }
  if (options.only.has("neighbours")) {
    const measured = await measureNeighbours(options.quick);
    raw.neighbours = measured.raw;
    findings.push(...measured.findings);
  }
  if (options.only.has("plan")) {
    const measured = await measurePlan(options.traces);
    raw.plan = measured.raw;
    findings.push(...measured.findings);
  }
  if (options.only.has("engine")) {
    const measured = await measureEngine(options);
    raw.engine = measured.raw;
    const { peer } = measured;
    if (peer !== undefined) machine["peers"] = [machine["peers"], peer].filter((it) => it !== undefined).join(", ");
    findings.push(...measured.findings);
  }
  if (options.only.has("engine-memory")) {
    const measured = await measureEngineMemory({ quick: options.quick });
    raw["engine-memory"] = measured.raw;
    findings.push(...measured.findings);
  }

  say("\n== Summary");
  for (const finding of findings) say(renderFinding(finding));
  const command = `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(" ")}` : ""}`;
  const markdown = renderMarkdown(findings, machine, command);
  say(`\n== For the README\n${markdown}`);
  if (options.json !== undefined) {
    await Bun.write(options.json, `${JSON.stringify({ machine, command, findings, raw }, null, 1)}\n`);
    say(`\nAll values are in ${options.json}`);
  }
  return findings;
}

async function benchGateway(lineup: Lineup, findings: Finding[], raw: Partial<Record<Part, unknown>>): Promise<void> {
  const { only, quick, floor, sahabs, peers, answers } = lineup;
  await warmUp([floor, ...sahabs, ...peers.map(({ subject }) => subject)], { payload: "small", quick }, answers);
  for (const part of gatewayPartNames) {
    if (!only.has(part)) continue;
    const measured = await gatewayParts[part](lineup);
    raw[part] = measured.raw;
    findings.push(...measured.findings);
  }
  findings.push(...(await compareLedgers(lineup)));
}

/** Every answer that a client got must be in the ledger once. */
async function compareLedgers({ sahabs, answers }: Lineup): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const sahab of sahabs) {
    const answered = answers.of(sahab);
    const recorded = await sahab.recordedRequests();
    findings.push({
      what: `${sahab.name}: usage records in the ledger for ${number(answered)} answers`,
      value: number(recorded),
      goal: "the same number",
      met: recorded === answered,
    });
  }
  return findings;
}
