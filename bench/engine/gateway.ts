import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchDir } from "../machine.ts";
import { makeOutFolder } from "../out-folder.ts";
import { makeKey, up } from "../sahab.ts";
import { readEvents } from "./events.ts";
import { coresOf, nextSeed, sampling, type Answer, type Asked, type EngineSubject, type Setup } from "./subject.ts";

/** All of Sahab, called with a key over HTTP as its users do: authentication, budgets, usage and records take part. */
export async function startSahabGateway({ file, contextTokens, slots, cores }: Setup): Promise<EngineSubject> {
  const folder = makeOutFolder("data");
  const data = folder.path;
  const local = JSON.stringify({ file, context: contextTokens, slots });
  writeFileSync(join(data, "cloud.yaml"), `models: [{ name: bench, local: ${local} }]\nprojects: [{ name: bench }]\n`);
  try {
    const { running, origin } = await up(join(benchDir, ".."), data, { core: coresOf[cores], caFile: undefined });
    const stop = async () => {
      await running.stop();
      folder.remove();
    };
    try {
      const key = await makeKey(data, origin);
      const subject: EngineSubject = {
        name: "Sahab over HTTP",
        // Its model is in a process that it does not name.
        pid: Number.NaN,
        how: "",
        ask: (asked) => ask(origin, key, asked),
        stop,
      };
      await subject.ask({ prompt: [65, 66], answerTokens: 1 });
      return subject;
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    folder.remove();
    throw error;
  }
}

interface Chunk {
  choices: { text?: string }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    prompt_tokens_details?: { cached_tokens?: number };
  } | null;
}

async function ask(origin: string, key: string, { prompt, answerTokens, onText, signal }: Asked): Promise<Answer> {
  const answer: Answer = { text: "", inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
  const response = await fetch(`${origin}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "bench",
      prompt,
      max_tokens: answerTokens,
      stream: true,
      stream_options: { include_usage: true },
      temperature: sampling.temperature,
      top_k: sampling.topK,
      top_p: sampling.topP,
      min_p: sampling.minP,
      seed: nextSeed(),
    }),
    ...(signal && { signal }),
  });
  for await (const { choices, usage } of readEvents<Chunk>(response)) {
    const text = choices[0]?.text;
    if (text) {
      answer.text += text;
      onText?.(text);
    }
    if (!usage) continue;
    answer.inputTokens = usage.prompt_tokens;
    answer.outputTokens = usage.completion_tokens;
    answer.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
  }
  return answer;
}
