import { Findings } from "./findings.ts";
import { object } from "./reply.ts";
import { send } from "./request-trials.ts";
import { forEach, type Trials } from "./trial.ts";
import type { World } from "./world.ts";

/** Digits of numbers in a local model's prompt. While other requests come, they would take what is cached of it. */
export const digitTrials: Trials = forEach(["26-big-a", "26-big-b", "26-big-c"], digitsSurvive);

/** A local model's prompts, one behind the other: how much of each was read from the cache of the one before. */
let bigNumbers: Promise<Record<"again" | "b" | "c", number>> | undefined;

/**
 * Three prompts that differ in the digits of one argument. A number that lost its last digits would make the first two equal:
 * the part that is read from the cache shows where each one differs from the first.
 */
async function digitsSurvive(world: World): Promise<Findings> {
  const findings = new Findings();
  const { again, b, c } = await (bigNumbers ??= measureBigNumbers(world));
  findings.saw(`cached after the first: itself ${again}, last digit ${b}, last four ${c}`);
  findings.expect(b < again, `another last digit makes no other prompt: ${b} of ${again} tokens are the same`);
  findings.equal("digits that the second prompt has in common and the third has not", b - c, 3);
  return findings;
}

async function measureBigNumbers(world: World): Promise<Record<"again" | "b" | "c", number>> {
  await world.pulled();
  const cached = async (name: string) => {
    const reply = await send(world, world.caseOf(name));
    if (reply.status !== 200) throw new Error(`the prompt was refused: ${reply.text}`);
    return Number(object(object(reply.payloads[0]?.["usage"])["prompt_tokens_details"])["cached_tokens"]);
  };
  await cached("26-big-a");
  const again = await cached("26-big-a");
  const b = await cached("26-big-b");
  await cached("26-big-a");
  const c = await cached("26-big-c");
  return { again, b, c };
}
