/** Something that runs a model: Sahab's engine, or what it is compared with. */
export interface EngineSubject {
  name: string;
  /** The process that holds the model. */
  pid: number;
  /** How it runs the model, in words. */
  how: string;
  ask(asked: Asked): Promise<Answer>;
  stop(): Promise<void>;
}

/** A completion, with the sampling of `sampling.ts`. */
export interface Asked {
  /** Text, or token ids without the one that begins a text: every subject adds that. */
  prompt: string | number[];
  answerTokens: number;
  /** Called for each piece of the answer that comes. */
  onText?(text: string): void;
  signal?: AbortSignal;
}

export interface Answer {
  text: string;
  inputTokens: number;
  /** Part of `inputTokens` that was not evaluated again. */
  cachedTokens: number;
  outputTokens: number;
}

/** How a subject is to run a model. */
export interface Setup {
  file: string;
  /** Tokens of one slot, prompt and answer together. */
  contextTokens: number;
  slots: number;
  cores: Cores;
}

/** One core of the machine, or two. */
export type Cores = 1 | 2;

/** The cores of a subject; what asks it has the first one. */
export const coresOf: Record<Cores, readonly number[]> = { 1: [1], 2: [0, 1] };

/** The same for all subjects: llama.cpp's defaults. */
export const sampling = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 } as const;

let salt = 0;

/** Another one for each answer. */
export const nextSeed = (): number => ++salt;

/** A prompt of exactly that many tokens, the one that begins a text included, that shares no prefix with another. */
export function promptIds(tokens: number): number[] {
  const seed = ++salt * 7919 + process.pid;
  // Ids below 256 are single bytes in all models of the benchmark; a random model's are printable ones.
  return Array.from({ length: tokens - 1 }, (_, i) => 33 + ((seed * 31 + i * 7 + ((seed >> (i % 12)) & 7) * 13) % 90));
}

/** Asks until that many tokens have come: an answer may end by itself. */
export async function askForTokens(subject: EngineSubject, promptTokens: number, answerTokens: number): Promise<void> {
  let left = answerTokens;
  for (let asked = 0; left > 0; asked++) {
    if (asked > answerTokens + 10) throw new Error(`${subject.name} answers with nothing`);
    left -= (await subject.ask({ prompt: promptIds(promptTokens), answerTokens: left })).outputTokens;
  }
}

/** Waits until the model is loaded; a program that fails before is stopped. */
export async function whenReady<Begun extends { ready(): Promise<void>; stop(): Promise<unknown> }>(
  begun: Begun,
): Promise<Begun> {
  try {
    await begun.ready();
    return begun;
  } catch (error) {
    await begun.stop();
    throw error;
  }
}
