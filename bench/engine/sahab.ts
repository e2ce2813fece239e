import { join } from "node:path";
import { EngineClient, type EngineOptions } from "../../src/engine/index.ts";
import { bun, benchDir, start } from "../machine.ts";
import { makeOutFolder, type OutFolder } from "../out-folder.ts";
import {
  coresOf,
  nextSeed,
  sampling,
  type Answer,
  type Asked,
  type EngineSubject,
  type Setup,
  whenReady,
} from "./subject.ts";

export interface SahabEngine extends EngineSubject {
  /** `Date.now()` just before the engine was started. */
  startedAtMs: number;
}

/** What the engine measures of models stays here for the run: only the first start of a model measures. */
let kept: OutFolder | undefined;

/** Sahab's engine with its defaults, asked over its socket as the gateway does. Resolves when it is ready. */
export async function startSahabEngine(setup: Setup): Promise<SahabEngine> {
  return await whenReady(await beginSahabEngine(setup));
}

/** The same, while the model still loads: a request then waits for it. */
export async function beginSahabEngine(setup: Setup): Promise<SahabEngine & { ready(): Promise<void> }> {
  const folder = makeOutFolder("engine");
  const socketPath = join(folder.path, "bench.sock");
  const { file, contextTokens, slots, cores } = setup;
  const options: Omit<EngineOptions, "log"> = { name: "bench", file, contextTokens, slots, socketPath };
  kept ??= makeOutFolder("tunings");
  const tuningsFile = join(kept.path, `tunings-${cores}.json`);
  const running = start([bun, join(benchDir, "engine", "host.ts"), JSON.stringify({ ...options, tuningsFile })], {
    core: coresOf[cores],
  });
  const client = new EngineClient({ name: "bench", socketPath, waitMs: 120_000 });
  const subject: SahabEngine & { ready(): Promise<void> } = {
    name: "Sahab",
    pid: running.pid,
    how: "",
    startedAtMs: Number.NaN,
    ask: (asked) => ask(client, asked),
    async ready() {
      const [, json = ""] = await running.waitFor(/is ready: (.*);\n/, 120_000);
      const { pid, loadMs, tuning } = JSON.parse(json) as { pid: number; loadMs: number; tuning: unknown };
      subject.pid = pid;
      subject.how = `loaded in ${loadMs} ms, ${JSON.stringify(tuning)}`;
    },
    async stop() {
      client.close();
      await running.stop();
      folder.remove();
    },
  };
  try {
    const [, ms] = await running.waitFor(/starts at (\d+)\./, 30_000);
    subject.startedAtMs = Number(ms);
    return subject;
  } catch (error) {
    await subject.stop();
    throw error;
  }
}

async function ask(client: EngineClient, { prompt, answerTokens, onText, signal }: Asked): Promise<Answer> {
  const answer: Answer = { text: "", inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
  const events = client.complete(
    {
      dialect: "openai-chat",
      model: "bench",
      prompts: [prompt],
      suffix: undefined,
      sampling: { ...sampling, seed: nextSeed() },
      maxOutputTokens: answerTokens,
      stop: [],
      choiceCount: 1,
      topLogprobs: undefined,
      echo: false,
      stream: true,
      streamUsage: true,
      extensions: {},
    },
    { signal: signal ?? new AbortController().signal },
  );
  for await (const some of events)
    for (const event of some) {
      if (event.type === "text-delta") {
        answer.text += event.text;
        onText?.(event.text);
      } else if (event.type === "usage") {
        const { inputTokens, cachedInputTokens, outputTokens } = event.usage;
        Object.assign(answer, { inputTokens, cachedTokens: cachedInputTokens, outputTokens });
      } else if (event.type === "error") throw event.error;
    }
  return answer;
}
