import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeRandomModel } from "../gguf/random-model.ts";
import { Findings, short } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { pull } from "./local-models.ts";
import { object, type Reply } from "./reply.ts";
import { checkNamed, describeReply, modelOf, send } from "./request-trials.ts";
import { splitGguf } from "./split-gguf.ts";
import { forEach, type Trials } from "./trial.ts";
import { ask, type World } from "./world.ts";

/** What reaches the chat template of a local model, and what is told when it is pulled. */
export const templateTrials: Trials = {
  ...forEach(
    [
      "args-not-json",
      "assistant",
      "kwargs",
      "kwargs-unused-role",
      "name-field",
      "split",
      "tool-args",
      "tool-desc",
      "tool-name",
      "tool-param-key",
      "tool-result",
      "user",
    ].flatMap((name) => [`31-${name}-ctl`, `31-${name}-inj`]),
    asManyTokens,
  ),
  ...forEach(
    ["effort", "generation", "loop2", "misc", "plain", "rejectattr", "safe", "sequence", "strftime"].map(
      (name) => `33-${name}`,
    ),
    renderedOrTold,
  ),
  "33-broken": toldWhenPulled,
  "33-upper-tools": namesTemplate,
  "34-split": anyShard,
};

const usageOf = (reply: Reply) => object(reply.payloads[0]?.["usage"]);

/** A prompt with the special tokens of the model in it has as many tokens as one with other signs in their place. */
async function asManyTokens(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  await world.pulled();
  const twinName = fieldCase.name.replace(/ctl$|inj$/, (end) => (end === "ctl" ? "inj" : "ctl"));
  const own = await send(world, fieldCase);
  const twin = await send(world, world.caseOf(twinName));
  const counts = [own, twin].map((reply) => usageOf(reply)["prompt_tokens"]);
  findings.saw(`${own.status}/${twin.status}, prompt of ${counts.join(" and ")} tokens`);
  findings.expect(own.status === 200 && twin.status === 200, `not answered: ${short(own.text)}`);
  findings.equal("tokens of the prompt", counts[0], counts[1]);
  return findings;
}

const namesTemplateAt = /template/i;

/** Answered, or what the engine lacks was told when the model was pulled. */
async function renderedOrTold(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const pulled = (await world.pulled()).get(modelOf(fieldCase));
  const reply = await send(world, fieldCase);
  const isTold = pulled !== undefined && namesTemplateAt.test(pulled.text);
  findings.saw(`pull: ${isTold ? short(pulled.text) : "served"}; request: ${describeReply(reply)}`);
  findings.expect(
    isTold || (reply.status === 200 && reply.isWhole),
    `pull said nothing, and the first request gets ${reply.status}: ${short(reply.text)}`,
  );
  return findings;
}

async function toldWhenPulled(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = await renderedOrTold(world, fieldCase);
  const pulled = (await world.pulled()).get(modelOf(fieldCase));
  findings.expect(namesTemplateAt.test(pulled?.text ?? ""), `pull did not tell it: ${short(pulled?.text)}`);
  return findings;
}

async function namesTemplate(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  await world.pulled();
  const reply = await send(world, fieldCase);
  findings.saw(describeReply(reply));
  findings.expect(reply.status >= 400, `the status is ${reply.status}`);
  checkNamed(reply, namesTemplateAt, findings);
  return findings;
}

/** Shards in one folder, and a folder from which some are missing. */
async function anyShard(world: World): Promise<Findings> {
  const findings = new Findings();
  const whole = join(world.folder, "whole.gguf");
  await writeRandomModel(whole, { architecture: "llama", seed: 9 });
  const [all, some] = [join(world.folder, "all"), join(world.folder, "some")];
  for (const folder of [all, some]) mkdirSync(folder);
  const alone = splitGguf(whole, some, "lonely", 3, [1])[0] as string;
  for (const index of [0, 1, 2]) {
    const shard = splitGguf(whole, all, `split-${index}`, 3)[index] as string;
    const name = `split-${index + 1}`;
    const pulled = await pull(world.sahab, shard, name);
    const reply = await ask(world, "/v1/chat/completions", {
      model: name,
      max_tokens: 4,
      messages: [{ role: "user", content: "x" }],
    });
    findings.saw(`shard ${index + 1}: ${pulled.isServed ? "served" : short(pulled.text)}, ${reply.status}`);
    findings.expect(
      pulled.isServed ? reply.status === 200 : /0000[123]-of-00003/.test(pulled.text),
      `shard ${index + 1}: pull said "${short(pulled.text)}", the request gets ${reply.status}: ${short(reply.text)}`,
    );
  }
  const pulled = await pull(world.sahab, alone, "lonely");
  findings.saw(`a shard alone: ${short(pulled.text)}`);
  findings.expect(!pulled.isServed, "a shard whose brothers are missing is said to be served");
  findings.expect(/0000[23]-of-00003/.test(pulled.text), `the missing shards are not named: ${short(pulled.text)}`);
  return findings;
}
