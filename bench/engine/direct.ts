// node-llama-cpp as its guide shows it, in a process of its own: one sequence per answer, one token at a time, each turned into text.
import type { Token } from "node-llama-cpp";
import { bun } from "../machine.ts";
import { coresOf, nextSeed, sampling, type EngineSubject, type Setup } from "./subject.ts";

type Options = Omit<Setup, "cores">;

interface Question {
  id: number;
  prompt: string | number[];
  answerTokens: number;
  seed: number;
}

/** To the parent; `id` -1 when the model is loaded. */
interface Reply {
  id: number;
  outputTokens: number;
}

const threads = 1;
const batchTokens = 512;

/** On one core, with one thread. Its answers have no text, and its prompts no cached tokens. */
export async function startDirect({ cores, ...options }: Setup): Promise<EngineSubject> {
  const waiting = new Map<number, (reply: Reply) => void>();
  const command = [bun, import.meta.path, "--run", JSON.stringify(options)];
  const loaded = Promise.withResolvers<void>();
  waiting.set(-1, () => loaded.resolve());
  const child = Bun.spawn(Bun.which("taskset") ? ["taskset", "-c", coresOf[cores].join(","), ...command] : command, {
    stdio: ["ignore", "ignore", "inherit"],
    serialization: "json",
    ipc(message) {
      const reply = message as Reply;
      waiting.get(reply.id)?.(reply);
      waiting.delete(reply.id);
    },
    onExit: () => loaded.reject(new Error("node-llama-cpp's process ended")),
  });
  await loaded.promise;
  let lastId = 0;
  return {
    name: "direct",
    pid: child.pid,
    how: `${threads} thread(s), batch ${batchTokens}`,
    async ask({ prompt, answerTokens }) {
      const { promise, resolve } = Promise.withResolvers<Reply>();
      const question: Question = { id: ++lastId, prompt, answerTokens, seed: nextSeed() };
      waiting.set(question.id, resolve);
      child.send(question);
      const { outputTokens } = await promise;
      return { text: "", inputTokens: prompt.length, cachedTokens: 0, outputTokens };
    },
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

async function run(options: Options): Promise<void> {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({ gpu: false, build: "never", maxThreads: 0, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath: options.file });
  const context = await model.createContext({
    contextSize: options.contextTokens,
    sequences: options.slots,
    batchSize: batchTokens,
    threads,
  });
  const free = Array.from({ length: options.slots }, () => context.getSequence());
  const answer = async ({ prompt, answerTokens, seed }: Question): Promise<number> => {
    const sequence = free.pop();
    if (!sequence) throw new Error("more answers than slots");
    await sequence.clearHistory();
    const { bos } = model.tokens;
    const ids = typeof prompt === "string" ? model.tokenize(prompt) : (prompt as Token[]);
    let count = 0;
    let text = "";
    for await (const token of sequence.evaluate(bos === null ? ids : [bos, ...ids], { ...sampling, seed })) {
      text += model.detokenize([token]);
      if (++count >= answerTokens) break;
    }
    free.push(sequence);
    if (text.length === 0 && count > 20) throw new Error("no text came");
    return count;
  };
  const tell = (reply: Reply) => process.send?.(reply);
  process.on("message", (question: Question) => {
    void answer(question).then((outputTokens) => tell({ id: question.id, outputTokens }));
  });
  process.on("disconnect", () => process.exit(0));
  tell({ id: -1, outputTokens: 0 });
}

if (import.meta.main) await run(JSON.parse(process.argv[3] ?? "") as Options);
