import type { Target } from "../config/index.ts";
import { agentSessionOf } from "./tags/agent-session.ts";
import type { Attribution } from "./tags/attribution.ts";

interface Asked {
  project: string;
  attribution: Attribution;
  prompt: Uint8Array;
}

/** What a request prefers where several keys or targets are equal, so that it finds its prompt cached. */
export interface Affinity {
  /** Among the keys of one provider. */
  key: number;
  /** Among equal targets: from 0 to 1, by chance or always the same. */
  random: (target: Target) => number;
}

/**
 * A session of a coding agent stays at one of the equal targets, and at one key, while these are well; what names no session is at any
 * target, and at the key of what begins alike. Sessions of other programs do not count: all of a script's requests may have one.
 */
export function affinityOf(targets: readonly Target[], { project, attribution, prompt }: Asked): Affinity {
  if (targets.length <= 1) return noAffinity;
  const session = agentSessionOf(attribution)?.session;
  const ofProject = Bun.hash.xxHash32(project);
  if (session !== undefined) {
    const seed = Bun.hash.xxHash32(session, ofProject);
    return { key: seed, random: ({ provider, model }) => fractionOf(Bun.hash.xxHash32(`${provider}\n${model}`, seed)) };
  }
  if (!targets.some(({ group }) => group)) return noAffinity;
  return { key: Bun.hash.xxHash32(prompt.subarray(0, promptBytes), ofProject), random: Math.random };
}

const noAffinity: Affinity = { key: 0, random: Math.random };

/** Vendors keep no prompt that is shorter than 1,024 tokens, some 4 KB; the beginning of those that are longer stays the same. */
const promptBytes = 1024;

function fractionOf(hash: number): number {
  return (hash + 0.5) / 2 ** 32;
}
