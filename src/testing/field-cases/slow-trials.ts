import { Findings, short } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { checkNamed, describeReply, modelOf, send, vectors } from "./request-trials.ts";
import { forEach, type Trials } from "./trial.ts";
import { ask, type World } from "./world.ts";
import type { Json } from "./reply.ts";

/** What may take long, tried one after the other while nothing else runs, with other callers' streams beside it. */
export const slowTrials: Trials = {
  ...forEach(
    ["enum", "items", "maxlen", "nest", "opt1600"].map((name) => `32-compile-${name}`),
    othersGoOn,
  ),
  ...forEach(
    [
      "schema-100-maxlength",
      "schema-100-optional",
      "schema-1000-maxlength",
      "schema-1000-optional",
      "schema-3000-optional",
      "schema-nested-repeat",
      "tools-10-auto",
      "tools-10-required",
      "tools-40-auto",
      "tools-40-required",
      "tools-120-auto",
      "tools-120-required",
    ].map((name) => `32-${name}`),
    boundedAndTold,
  ),
  "32-emb-plain": embedded,
};

/** What a schema may add to the time that the same answer takes without one, on a slow machine with other work. */
const addedMsMax = 5_000;
const answerMsMax = 15_000;
const gapMsMax = 2_000;

/** Answered in time, or refused in words that name what is too large. */
async function boundedAndTold(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  await world.pulled();
  const reply = await send(world, fieldCase);
  const ms = Math.round(reply.durationMs);
  if (reply.status === 400) {
    findings.saw(`${describeReply(reply)} in ${ms} ms`);
    findings.expect(ms <= addedMsMax, `the refusal took ${ms} ms`);
    // What is at most allowed is told in a number.
    checkNamed(reply, /\d{2,}/, findings);
    return findings;
  }
  const {
    response_format: _,
    tools: __,
    tool_choice: ___,
    ...plain
  } = JSON.parse(fieldCase.text("request.json")) as Json;
  const control = await ask(world, "/v1/chat/completions", plain);
  const plainMs = Math.round(control.durationMs);
  findings.saw(`${describeReply(reply)} in ${ms} ms, without the schema in ${plainMs} ms`);
  findings.expect(reply.isWhole, `it is not answered: ${reply.status} ${short(reply.text)}`);
  findings.expect(ms <= addedMsMax + 5 * plainMs, `it took ${ms} ms, and without the schema ${plainMs} ms`);
  return findings;
}

/** The same while streams of other callers run, of the same model and of a vendor's: none of them stands still. */
async function othersGoOn(world: World, fieldCase: FieldCase): Promise<Findings> {
  await world.pulled();
  const done = new AbortController();
  const streams = [watchStream(world, modelOf(fieldCase), done.signal), watchStream(world, "drip", done.signal)];
  await Promise.all(streams.map(({ begun }) => begun));
  const findings = await boundedAndTold(world, fieldCase);
  done.abort();
  const [same, vendor] = await Promise.all(streams.map(({ longestGapMs }) => longestGapMs));
  findings.saw(`longest gap of other streams: ${same} ms of the same model, ${vendor} ms of a vendor`);
  for (const gap of [same, vendor])
    findings.expect(gap !== undefined && gap <= gapMsMax, `another caller's stream stood still for ${gap} ms`);
  return findings;
}

/** Reads one long stream after the other until the signal; the longest time between two pieces. */
function watchStream(world: World, model: string, signal: AbortSignal) {
  const begun = Promise.withResolvers<void>();
  let longestMs = 0;
  let lastMs = Number.NaN;
  const note = () => {
    const nowMs = performance.now();
    if (!Number.isNaN(lastMs)) longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const messages = [{ role: "user", content: "go on" }];
  const watch = async () => {
    while (!signal.aborted) {
      const body = { model, stream: true, max_tokens: 1_000, temperature: 1, messages };
      const response = await world.sahab.call("/v1/chat/completions", body, { key: world.key, signal });
      if (!response.ok) throw new Error(`a stream beside it was refused: ${await response.text()}`);
      for await (const _ of response.body ?? []) {
        note();
        begun.resolve();
      }
    }
  };
  const longestGapMs = watch()
    .catch((error: unknown) => {
      begun.reject(error);
      if (!signal.aborted) throw error;
    })
    .then(() => {
      note();
      return Math.round(longestMs);
    });
  return { begun: begun.promise, longestGapMs };
}

async function embedded(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  await world.pulled();
  const reply = await send(world, fieldCase, "/v1/embeddings");
  findings.saw(`${reply.status} in ${Math.round(reply.durationMs)} ms`);
  findings.equal("the status", reply.status, 200);
  findings.expect(reply.durationMs <= answerMsMax, `it took ${Math.round(reply.durationMs)} ms`);
  await vectors(1)(reply, findings, world, fieldCase);
  return findings;
}
