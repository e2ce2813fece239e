import { parse as parseYaml } from "yaml";
import { chat, chatEvents, doneEvent, startFakeVendor, streamOf, type Script } from "../fake-vendor.ts";
import { runSahab, type TestSahab } from "../run-sahab.ts";
import { openScriptClock } from "../settable-clock.ts";
import { askModel } from "./ask-model.ts";
import { Findings, short } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { RecordFinder } from "./record-finder.ts";
import type { Trials } from "./trial.ts";
import type { World } from "./world.ts";

/** Steps of the wall clock, each on a program of its own whose clock can be set. */
export const clockTrials: Trials = {
  "40-fail": restEnds,
  "40-silent": silenceEnds,
  "40-slow": slowGoesOn,
};

const hourMs = 3_600_000;
/** Far more than a target rests after one failure, and far less than the clock is set back. */
const restMsMax = 30_000;
const idleMs = 3_000;

/** The clock goes back while a target rests: the rest is as long as ever. */
function restEnds(world: World, fieldCase: FieldCase): Promise<Findings> {
  return withClock(world, async ({ sahab, findings, step, calls, records }) => {
    const first = await askModel(sahab, "fo");
    findings.equal("the first answer", [first.status, first.content], [200, "Hello"]);
    const before = calls(fieldCase.name);
    findings.expect(before > 0, "the failing target was not asked");
    await step(-hourMs);
    const restedFromMs = performance.now();
    let again = first;
    while (calls(fieldCase.name) === before && performance.now() - restedFromMs < restMsMax) {
      await Bun.sleep(500);
      again = await askModel(sahab, "fo");
      findings.equal("a later answer", [again.status, again.content], [200, "Hello"]);
    }
    const rested = `${Math.round(performance.now() - restedFromMs)} ms`;
    const isOver = calls(fieldCase.name) > before;
    findings.saw(isOver ? `the target is asked again after ${rested}` : `the target still rests after ${rested}`);
    findings.expect(isOver, `the target still rests after ${rested}`);
    await checkLatency(await records.find(again.id), findings);
  });
}

/** The clock goes back while a stream is silent: the time limit is as long as ever. */
function silenceEnds(world: World): Promise<Findings> {
  return withClock(world, async ({ sahab, findings, step, records }) => {
    const asked = askModel(sahab, "silent", { stream: true, timeoutMs: idleMs * 4 });
    await Bun.sleep(1_000);
    await step(-hourMs);
    const reply = await asked.catch(() => undefined);
    findings.saw(reply ? `it ended after ${Math.round(reply.durationMs)} ms: ${reply.error?.code}` : "it does not end");
    findings.expect(reply !== undefined, "the silence goes on after its limit");
    if (!reply) return;
    findings.expect(!reply.isWhole && reply.error !== undefined, `it passes for whole: ${short(reply.text)}`);
    findings.expect(reply.durationMs >= idleMs - 100, `it ended after ${Math.round(reply.durationMs)} ms`);
    await checkLatency(await records.find(reply.id), findings);
  });
}

/** The clock goes forth and back while a stream runs: it is read to its end. */
function slowGoesOn(world: World): Promise<Findings> {
  return withClock(world, async ({ sahab, findings, step, records }) => {
    const asked = askModel(sahab, "slow", { stream: true });
    await Bun.sleep(800);
    await step(hourMs);
    await Bun.sleep(2_000);
    await step(-hourMs);
    const reply = await asked;
    findings.saw(`${reply.status} ${reply.isWhole ? "whole" : short(reply.text.slice(-120))}`);
    findings.expect(reply.isWhole, `it is cut: ${short(reply.error?.message)}`);
    findings.equal("words", reply.content.split(" ").length - 1, slowWords.length);
    const record = await records.find(reply.id);
    findings.equal("the outcome", record?.outcome, "ok");
    await checkLatency(record, findings);
  });
}

async function checkLatency(record: Awaited<ReturnType<RecordFinder["find"]>>, findings: Findings): Promise<void> {
  findings.expect(record !== undefined, "there is no usage record");
  if (!record) return;
  const times = [
    record.latency_ms,
    record.time_to_first_token_ms ?? 0,
    ...record.attempt_list.flatMap((attempt) => [attempt.started_ms, attempt.sent_ms ?? 0, attempt.duration_ms]),
  ];
  findings.expect(
    times.every((ms) => ms >= 0 && ms < 60_000),
    `durations are ${times.join(", ")} ms`,
  );
}

interface Clocked {
  sahab: TestSahab;
  findings: Findings;
  records: RecordFinder;
  /** Sets the wall clock of the program to the true one and so many milliseconds. */
  step(offsetMs: number): Promise<void>;
  /** Requests so far to the vendor of a case. */
  calls(name: string): number;
}

const slowWords = Array.from({ length: 20 }, () => "word ");

async function withClock(world: World, trial: (clocked: Clocked) => Promise<void>): Promise<Findings> {
  const findings = new Findings();
  const clock = openScriptClock(world.folder);
  const vendor = startFakeVendor({ m: byPath });
  // The case of the slow stream has the configuration for all three.
  const text = world.caseOf("40-slow").text("cloud.yaml").replaceAll(":18920", `:${vendor.port}`);
  const sahab = await runSahab({
    env: clock.env,
    config: parseYaml(text) as object,
  });
  try {
    await trial({
      sahab,
      findings,
      records: new RecordFinder(sahab),
      step: (offsetMs) => clock.set(offsetMs),
      calls: (name) => vendor.calls.filter(({ path }) => path.startsWith(`/${name}/`)).length,
    });
  } finally {
    await sahab.close();
    await vendor.stop();
  }
  return findings;
}

const byPath: Script = (call) => {
  const name = call.path.split("/")[1];
  if (name === "40-fail") return Response.json({ error: { message: "x" } }, { status: 500 });
  if (name === "40-silent") return streamOf(chatEvents(["Hello"]).slice(0, 2), { end: "hang" })(call);
  if (name === "40-slow") return streamOf([...chatEvents(slowWords), doneEvent], { paceMs: 200 })(call);
  return chat(["Hello"])(call);
};
