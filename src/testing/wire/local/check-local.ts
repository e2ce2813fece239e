import type { Feature } from "../features.ts";
import type { Kit } from "../kit.ts";
import { checkLocalError } from "./check-errors.ts";
import { checkNano } from "./check-nano.ts";
import { checkCache, checkScripted } from "./check-scripted.ts";
import type { LocalStage } from "./stage.ts";

type Check = (client: Kit, feature: Feature, stage: LocalStage) => Promise<void>;

/** How an engine on this machine plays a feature, or in one word why there is no such thing for one. */
const plays: Readonly<Record<string, Check | string>> = {
  text: checkNano,
  stream: checkNano,
  tools: checkNano,
  "forced tool": checkNano,
  "any tool": checkNano,
  "structured output": checkNano,
  "image in": checkNano,
  "stop text": checkNano,
  "stop for length": checkNano,
  "parallel tools in a stream": checkScripted,
  reasoning: checkScripted,
  "reasoning with tools over two turns": checkScripted,
  "usage with cache": checkCache,
  "stop by a filter": "unfiltered",
  "error 400": checkLocalError,
  "error 401": checkLocalError,
  // A full queue is 529, and there are no other limits to what it is asked.
  "error 429": "unlimited",
  "error 500": checkLocalError,
  "error 529": checkLocalError,
  "cut between events": checkLocalError,
  // Its frames and the process that writes them are Sahab's own.
  "cut within an event": "frameless",
};

/** Undefined where it is played. */
export function whyNotLocal({ name }: Feature): string | undefined {
  const play = plays[name];
  if (play === undefined) throw new Error(`it is not said how an engine plays ${name}`);
  return typeof play === "string" ? play : undefined;
}

/** Plays a feature with a local model. Throws what differs. */
export async function checkLocal(client: Kit, feature: Feature, stage: LocalStage): Promise<void> {
  if (client.client.cannotSay?.some((name) => name === feature.name)) return;
  const play = plays[feature.name];
  if (typeof play === "function") await play(client, feature, stage);
}
