import {
  createTurnMarks,
  givenId,
  turnKey,
  type ChatMessage,
  type ChatRequest,
  type KeptTurn,
  type Part,
  type TurnMarks,
  type TurnsByKey,
} from "../call/index.ts";
import type { Dialect, Quirks } from "./dialect.ts";

/** What the vendor of a translated request wants back of a turn with calls of tools. */
export interface ReasoningWish {
  /** Name of the dialect whose signatures it wants; undefined for none. */
  signedBy: string | undefined;
  /** Whose signatures it takes: see `Answer.issuer`. */
  issuer: string;
  /** It refuses such a turn without the text of what was thought. */
  isTextDemanded: boolean;
}

/** Undefined where it wants nothing. */
export function wishOf(
  { name, proofKeysIn }: Dialect,
  { demandsReasoning }: Quirks,
  issuer: string,
): ReasoningWish | undefined {
  if (proofKeysIn) return { signedBy: name, issuer, isTextDemanded: false };
  return demandsReasoning ? { signedBy: undefined, issuer, isTextDemanded: true } : undefined;
}

/** The keys of the turns that lack what the vendor wants. */
export function findMuteTurns({ messages }: ChatRequest, wish: ReasoningWish): string[] {
  const keys = new Set<string>();
  const marks = createTurnMarks(messages);
  for (const [index, { role, content }] of messages.entries()) {
    const call = role === "assistant" ? content.find((part) => part.type === "tool-call") : undefined;
    if (!call || content.some((part) => fulfils(part, wish))) continue;
    const key = turnKey(call, () => marks(index));
    if (key !== undefined) keys.add(key);
  }
  return [...keys];
}

/**
 * The request with what was kept of these turns in its place. What the client sent of their reasoning is a part of it and is
 * left out.
 */
export function putBackReasoning(request: ChatRequest, turns: TurnsByKey, wish: ReasoningWish): ChatRequest {
  if (turns.size === 0) return request;
  /** By the id of the call that they come before: a client may send the calls of one turn as several messages. */
  const waiting = new Map<string, Part[]>();
  const marks = createTurnMarks(request.messages);
  const messages = request.messages.map((message, index) => putBack(message, index, { turns, wish, waiting, marks }));
  return { ...request, messages };
}

interface PutBack {
  turns: TurnsByKey;
  wish: ReasoningWish;
  waiting: Map<string, Part[]>;
  marks: TurnMarks;
}

function putBack(message: ChatMessage, index: number, { turns, wish, waiting, marks }: PutBack): ChatMessage {
  if (message.role !== "assistant") return message;
  const call = message.content.find((part) => part.type === "tool-call");
  if (!call || message.content.some((part) => fulfils(part, wish))) return message;
  const found = turns.get(turnKey(call, () => marks(index)) ?? "");
  const turn = found && isOfUse(found, wish) ? found : undefined;
  if (!turn && waiting.size === 0) return message;
  if (turn) waiting.clear();
  const ends: Part[] = [];
  const content: Part[] = [];
  for (const { place, part } of turn?.pieces ?? []) {
    if (place === "start") content.push(part);
    else if (place === "end") ends.push(part);
    else waiting.set(place.before, [...(waiting.get(place.before) ?? []), part]);
  }
  for (const part of message.content) {
    if (part.type === "reasoning" && turn) continue;
    if (part.type === "tool-call") {
      const id = givenId(part);
      content.push(...(waiting.get(id) ?? []));
      waiting.delete(id);
    }
    content.push(part);
  }
  return { ...message, content: [...content, ...ends] };
}

function fulfils(part: Part, { signedBy, isTextDemanded }: ReasoningWish): boolean {
  if (part.type !== "reasoning") return false;
  if (isTextDemanded) return !part.signature?.isRedacted;
  return signedBy !== undefined && part.signature?.origin === signedBy;
}

/** Proofs of another issuer would be refused. Those of nobody known were kept by an earlier version, and are worth a try. */
function isOfUse({ issuer, pieces }: KeptTurn, wish: ReasoningWish): boolean {
  const isForeign = wish.signedBy !== undefined && issuer !== "" && issuer !== wish.issuer;
  return !isForeign && pieces.some(({ part }) => fulfils(part, wish));
}
