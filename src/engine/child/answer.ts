import type { LlamaGrammar, Token } from "node-llama-cpp";
import { newId } from "../../base/ids.ts";
import type { Tenant } from "../../base/shares.ts";
import {
  noUsage,
  type ChatEvent,
  type FinishReason,
  type Sampling,
  type TokenLogprob,
  type Usage,
} from "../../call/index.ts";
import { generate } from "./generate.ts";
import { Sampler } from "./llama/sampler.ts";
import type { ExtraSampling } from "./llama-fields.ts";
import type { LoadedModel } from "./model.ts";
import { readOutput, type CallableTools, type OutputPart } from "./output/index.ts";
import { resolveExtra, type ExtraSamplers } from "./resolve-extra.ts";
import { resolveSampling } from "./sampling.ts";
import type { Visit } from "./slots.ts";
import { StopGate } from "./stop-gate.ts";

/** One prompt, and how many answers are wanted for it. */
export interface PromptGroup {
  tokens: Token[];
  /** Text that each answer begins with (`echo`). */
  echo: string;
  choices: number;
  startsInReasoning: boolean;
  mayReason: boolean;
}

export interface AnswerRequest {
  groups: PromptGroup[];
  sampling: Sampling;
  maxOutputTokens: number | undefined;
  stop: string[];
  topLogprobs: number | undefined;
  extra: ExtraSampling;
  grammar: LlamaGrammar | undefined;
  callableTools: CallableTools;
  /** The grammar is one of calls. */
  isForced: boolean;
  /** The answer ends after this many calls. */
  toolCallsMax: number;
}

export interface Answer {
  /** The exact counts so far; can be called at any time. */
  usage(): Usage;
  /** Resolves when all choices have ended and their slots are free. */
  done: Promise<void>;
}

/**
 * Answers a request of a tenant. Every choice takes a slot of its own; choices run at the same time where slots are free.
 * `emit` gets the events in order, without the usage: the caller asks for that.
 */
export function answer(
  loaded: LoadedModel,
  request: AnswerRequest,
  { tenant, signal, emit }: { tenant: Tenant; signal: AbortSignal; emit: (events: ChatEvent[]) => void },
): Answer {
  const usage: Usage = { ...noUsage };
  // Once for all choices: there may be as many biases as tokens.
  const extra = resolveExtra(loaded, request.extra);
  // When a choice fails, the others end too: they share one answer.
  const failure = new AbortController();
  const both = AbortSignal.any([signal, failure.signal]);
  let started = false;
  const start = (events: ChatEvent[]) => {
    if (!started)
      events.unshift({
        type: "start",
        id: newId("chatcmpl"),
        model: loaded.name,
        createdS: Math.floor(Date.now() / 1000),
      });
    started = true;
    emit(events);
  };
  const visit = loaded.slots.open(tenant);
  const runs: Promise<void>[] = [];
  let choice = 0;
  for (const group of request.groups) {
    const counted = { done: false };
    for (let i = 0; i < group.choices; i++)
      runs.push(
        runChoice(loaded, {
          visit,
          request,
          group,
          choice: choice++,
          seedOffset: i,
          signal: both,
          usage,
          counted,
          extra,
          emit: start,
        }),
      );
  }
  const ended = Promise.allSettled(runs).then(() => visit.close());
  const done = Promise.all(
    runs.map((run) =>
      run.catch((error: unknown) => {
        failure.abort();
        throw error;
      }),
    ),
  ).then(
    () => ended,
    // The slots must be free before the failure is reported.
    async (error: unknown) => {
      await ended;
      throw error;
    },
  );
  return { usage: () => ({ ...usage }), done };
}

interface Choice {
  visit: Visit;
  request: AnswerRequest;
  group: PromptGroup;
  choice: number;
  seedOffset: number;
  signal: AbortSignal;
  usage: Usage;
  /** Whether another choice of the group has counted the prompt that they share. */
  counted: { done: boolean };
  extra: ExtraSamplers;
  emit(events: ChatEvent[]): void;
}

async function runChoice(loaded: LoadedModel, run: Choice): Promise<void> {
  const { group, request, usage } = run;
  const lease = await run.visit.acquire(group.tokens, run.signal, { isFresh: !request.extra.cachePrompt });
  if (!lease) return;
  try {
    loaded.counts.promptTokensCached += lease.cachedTokens;
    loaded.counts.promptTokensEvaluated += group.tokens.length - lease.cachedTokens;
    if (!run.counted.done) {
      // As at OpenAI, the prompt counts once, however many answers are asked for.
      run.counted.done = true;
      usage.inputTokens += group.tokens.length;
      usage.cachedInputTokens += lease.cachedTokens;
    }
    const output = createOutput(loaded, run);
    const room = loaded.contextTokens - group.tokens.length;
    const outputTokensMax = Math.min(request.maxOutputTokens ?? room, room);
    const generated: Token[] = [];
    if (outputTokensMax > 0) {
      const state =
        request.grammar &&
        new loaded.module.LlamaGrammarEvaluationState({ model: loaded.model, grammar: request.grammar });
      const sampling = resolveSampling(request.sampling, loaded.samplingDefaults, run.seedOffset, {
        prompt: group.tokens,
        generated,
        lastN: request.extra.repeatLastN,
        contextTokens: loaded.contextTokens,
      });
      const grammar = state && loaded.addon.grammarState(state);
      const sampler = new Sampler(
        loaded.addon,
        { ...sampling.config, ...run.extra },
        {
          penaltyTokens: sampling.penaltyTokens,
          // The think block comes first, and the grammar does not describe it.
          ...(grammar && { grammar: () => (output.inReasoning ? undefined : grammar) }),
        },
      );
      await generate(loaded.batcher, {
        lease,
        sampler,
        tokens: () => [...group.tokens, ...generated],
        withProbabilities: request.topLogprobs !== undefined,
        ngrams: loaded.ngrams,
        signal: run.signal,
        onToken(token, probabilities) {
          usage.outputTokens++;
          loaded.counts.tokensGenerated++;
          if (output.inReasoning) usage.reasoningTokens++;
          const isEnd = loaded.vocabulary.isEnd(token);
          if (isEnd && state && output.inReasoning) {
            // The model takes its reasoning for the answer. What the grammar demands is still to come.
            const closing = loaded.model.tokenize(output.answerOpening, true).slice();
            generated.push(...closing);
            output.closeReasoning();
            if (generated.length >= outputTokensMax) output.finish("length");
            return output.finished ? undefined : closing;
          }
          generated.push(token);
          if (isEnd) {
            output.finish("stop");
            return undefined;
          }
          output.push(token, probabilities);
          if (output.stopped) output.finish("stop");
          else if (generated.length >= outputTokensMax) output.finish("length");
          return output.finished ? undefined : [token];
        },
      }).finally(() => sampler.dispose());
    }
    if (!run.signal.aborted && !output.finished) output.finish(outputTokensMax > 0 ? "stop" : "length");
  } finally {
    lease.release();
  }
}

/** Turns tokens into events: bytes into characters, and characters into text, reasoning and calls. Holds back what more characters may change. */
function createOutput(loaded: LoadedModel, run: Choice) {
  const { request, group, choice } = run;
  const decoder = new TextDecoder("utf-8", { fatal: false });
  const parser = readOutput(loaded.outputRules, { ...group, ...request });
  const gate = new StopGate(request.stop);
  const logprobs = request.topLogprobs === undefined ? undefined : createLogprobQueue(loaded, request.topLogprobs);
  let toolCalls = 0;
  let finished = false;
  let echo = group.echo;

  const toText = (text: string): ChatEvent[] => {
    const taken = logprobs?.take(text.length);
    if (text === "" && !taken?.length) return [];
    const all = echo + text;
    echo = "";
    return [{ type: "text-delta", choice, text: all, ...(taken && { logprobs: taken }) }];
  };

  const toEvents = (parts: OutputPart[]): ChatEvent[] =>
    parts.flatMap((part): ChatEvent[] => {
      if (part.type === "text") return toText(gate.push(part.text));
      if (part.type === "reasoning") return [{ type: "reasoning-delta", choice, text: part.text }];
      if (toolCalls >= request.toolCallsMax) return [];
      const index = toolCalls++;
      return [
        { type: "tool-call-start", choice, index, id: newId("call"), name: part.name },
        { type: "tool-call-delta", choice, index, arguments: part.arguments },
      ];
    });

  return {
    get inReasoning() {
      return parser.inReasoning;
    },
    get answerOpening() {
      return parser.answerOpening;
    },
    get finished() {
      return finished;
    },
    /** A stop sequence has come, or the last call that the request allows. */
    get stopped() {
      return gate.stopped || (toolCalls >= request.toolCallsMax && toolCalls > 0);
    },
    push(token: Token, probabilities: Map<Token, number> | undefined): void {
      const text = decoder.decode(loaded.vocabulary.bytesOf(token), { stream: true });
      const parts = parser.push(text);
      if (logprobs && probabilities && parser.inText) logprobs.add(token, probabilities, text.length);
      const events = toEvents(parts);
      if (events.length > 0) run.emit(events);
    },
    closeReasoning(): void {
      const events = toEvents(parser.push(decoder.decode() + parser.answerOpening));
      if (events.length > 0) run.emit(events);
    },
    finish(reason: FinishReason): void {
      finished = true;
      const wasStopped = gate.stopped;
      // A character that the end has cut becomes U+FFFD.
      const rest = () => [...parser.push(decoder.decode()), ...parser.end({ isCut: reason === "length" })];
      const events = wasStopped ? [] : toEvents(rest());
      if (!wasStopped) {
        const held = gate.end();
        const last = logprobs?.rest() ?? [];
        if (held !== "" || echo !== "" || last.length > 0)
          events.push({ type: "text-delta", choice, text: echo + held, ...(logprobs && { logprobs: last }) });
      }
      const { stopSequence } = gate;
      const why = stopSequence === undefined ? reason : "stop";
      events.push({
        type: "finish",
        choice,
        reason: why === "stop" && toolCalls > 0 ? "tool-calls" : why,
        ...(stopSequence !== undefined && { stopSequence }),
      });
      run.emit(events);
    },
  };
}

/** Log-probabilities of tokens whose text is still held back. Each is sent with the text that completes its token. */
function createLogprobQueue(loaded: LoadedModel, topCount: number) {
  const waiting: { logprob: TokenLogprob; chars: number }[] = [];
  let chars = 0;
  const describe = (token: Token, probability: number) => {
    const bytes = loaded.vocabulary.bytesOf(token);
    return {
      token: Buffer.from(bytes).toString("utf8"),
      logprob: Math.log(Math.max(probability, Number.MIN_VALUE)),
      bytes: [...bytes],
    };
  };
  return {
    add(token: Token, probabilities: Map<Token, number>, length: number): void {
      const top: TokenLogprob["top"] = [];
      for (const [other, probability] of probabilities) {
        if (top.length >= topCount) break;
        top.push(describe(other, probability));
      }
      waiting.push({ logprob: { ...describe(token, probabilities.get(token) ?? 0), top }, chars: length });
    },
    take(length: number): TokenLogprob[] {
      chars += length;
      const taken: TokenLogprob[] = [];
      for (let first = waiting[0]; first && first.chars <= chars; first = waiting[0]) {
        chars -= first.chars;
        taken.push(first.logprob);
        waiting.shift();
      }
      return taken;
    },
    rest: (): TokenLogprob[] => waiting.splice(0).map(({ logprob }) => logprob),
  };
}
