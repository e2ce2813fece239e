import type { FieldCase } from "./field-case.ts";
import { Findings, short } from "./findings.ts";
import { isStreamed, replayName, roads, type Replay, type ReplayPlan, type Road } from "./replay.ts";
import { ask, type World } from "./world.ts";

/** Has a vendor's exact bytes answer on each road, alone and with a healthy target behind it, and judges all of them. */
export async function tryReplays(world: World, fieldCase: FieldCase, plan: ReplayPlan): Promise<Findings> {
  const findings = new Findings();
  const wanted: readonly Road[] = plan.operation === "embeddings" ? ["chat"] : (plan.roads ?? roads);
  const trials = wanted.flatMap((road) => [false, true].map((isBacked) => ({ road, isBacked })));
  const replays = await Promise.all(trials.map((trial) => replayOnce(world, fieldCase, plan, trial)));
  for (const replay of replays) {
    const { road, isBacked } = replay;
    const own = new Findings();
    if (typeof replay.record === "string") own.expect(false, replay.record);
    else judge(replay as Replay, own, fieldCase, plan);
    const place = `${road} ${isBacked ? "backed" : "alone"}`;
    findings.faults.push(...own.faults.map((fault) => `${place}: ${fault}`));
    findings.saw(`${place} ${describe(replay)}`);
  }
  return findings;
}

type Raw = Omit<Replay, "record"> & { record: Replay["record"] | string };

async function replayOnce(
  world: World,
  fieldCase: FieldCase,
  plan: ReplayPlan,
  { road, isBacked }: { road: Road; isBacked: boolean },
): Promise<Raw> {
  const model = replayName(fieldCase.name, road, isBacked);
  const reply = await ask(world, pathOf(plan, road), requestFor(plan, fieldCase, road, model));
  const record = (await world.records.find(reply.id)) ?? `there is no usage record of ${short(reply.text)}`;
  return { road, isBacked, reply, record, calls: world.replays.callsOf(`${fieldCase.name}/${model}`) };
}

function pathOf(plan: ReplayPlan, road: Road): string {
  if (plan.operation === "embeddings") return "/v1/embeddings";
  return road === "messages" ? "/v1/messages" : "/v1/chat/completions";
}

function requestFor(plan: ReplayPlan, fieldCase: FieldCase, road: Road, model: string): object {
  if (fieldCase.has("request.json")) return { ...(JSON.parse(fieldCase.text("request.json")) as object), model };
  const stream = isStreamed(plan, fieldCase) !== (road === "crossed");
  return {
    model,
    messages: [{ role: "user", content: "Hello" }],
    max_tokens: 4_000,
    stream,
    ...(stream && road !== "messages" && !plan.isPlain && { stream_options: { include_usage: true } }),
  };
}

/** What holds for every answer of a vendor's, and the case's own rule. */
function judge(replay: Replay, findings: Findings, fieldCase: FieldCase, plan: ReplayPlan): void {
  const { reply, record, road } = replay;
  findings.expect(reply.malformed.length === 0, `the client gets events that are none: ${short(reply.malformed[0])}`);
  const isOk = record.outcome === "ok";
  findings.expect(isOk === reply.isWhole, `recorded as ${record.outcome}, but the client gets ${describe(replay)}`);
  const { input, cached_input, output, reasoning } = record.tokens;
  findings.expect(
    [input, cached_input, output, reasoning].every((count) => Number.isSafeInteger(count) && count >= 0) &&
      cached_input <= input &&
      reasoning <= output,
    `tokens are ${JSON.stringify(record.tokens)}`,
  );
  if (reply.status === 200 && plan.operation !== "embeddings") {
    const isStream = isStreamed(plan, fieldCase) !== (road === "crossed");
    findings.equal("whether a stream came", reply.isStream, isStream);
  }
  plan.rule(replay, findings, fieldCase);
}

function describe({ reply, record, calls }: Raw): string {
  const end = reply.isWhole ? "whole" : reply.error ? `error ${reply.error.code}` : "no end";
  const by = typeof record === "string" ? "no record" : `${record.outcome} by ${record.provider.replace(/^.*\./, "")}`;
  return `${reply.status} ${end} (${by}, ${calls} calls)`;
}
