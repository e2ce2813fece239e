import type { LlamaContextSequence } from "node-llama-cpp";

/**
 * A sequence that is whichever one `current` returns at the moment. A generator of node-llama-cpp holds the sampler of an answer
 * and is bound to the sequence that made it. Made by this one, it goes on in another slot with the same sampler, whose
 * random numbers would otherwise begin anew.
 */
export function movableSequence(current: () => LlamaContextSequence): LlamaContextSequence {
  return new Proxy({} as LlamaContextSequence, {
    get: (_target, key): unknown => Reflect.get(current(), key),
    set: (_target, key, value) => Reflect.set(current(), key, value),
  });
}
