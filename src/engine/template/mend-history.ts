import { createHash } from "node:crypto";
import { must } from "../../base/assert.ts";
import { systemMarks } from "../../dialect/system-turns.ts";
import type { History, Mending, Turn } from "./history.ts";
import { callsAsText, toolsAsText } from "./tools-as-text.ts";

/**
 * A history as the template needs it, and then mended step by step, for templates that refuse it. Each step keeps what those
 * before it did, and is left out where it changes nothing. What loses least comes first:
 *
 *  1. tools without a description get an empty one
 *  2. arguments that are no JSON object become one, under the name `invalid_arguments`
 *  3. ids of calls get nine letters and digits, as Mistral's templates demand
 *  4. neighbours of one role become one turn
 *  5. system turns after the first turn become the user's
 *  6. all system turns become the user's
 *  7. an empty turn of the user leads, where an assistant or a tool would
 *  8. each call has a turn of its own
 *  9. arguments become text
 * 10. calls and their results become text, for templates without tools
 */
export function* mendings(history: History, always: readonly Mending[]): Generator<History> {
  let mended = always.reduce((before, step) => step(before), history);
  yield mended;
  for (const step of steps) {
    const next = step(mended);
    if (next === mended) continue;
    mended = next;
    yield mended;
  }
}

function onTurns(change: (turns: readonly Turn[]) => readonly Turn[]): Mending {
  return (history) => {
    const turns = change(history.turns);
    const isSame = turns.length === history.turns.length && turns.every((turn, index) => turn === history.turns[index]);
    return isSame ? history : { ...history, turns };
  };
}

/** Each call with its results is a turn of its own, for templates that write one call only. */
export const separateCalls = onTurns((turns) => {
  const separated: Turn[] = [];
  let taken = 0;
  for (const [index, turn] of turns.entries()) {
    if (index < taken) continue;
    const results = (turn.calls?.length ?? 0) > 1 ? resultsAfter(turns, index) : undefined;
    separated.push(...(results ? separate(turn, results) : [turn]));
    if (results) taken = index + 1 + results.length;
  }
  return separated;
});

export const writeArguments: Mending = (history) =>
  history.argumentsAs === "object" && history.turns.some(({ calls }) => calls)
    ? { ...history, argumentsAs: "text" }
    : history;

/** Calls and results in the tags that most models know, and that the engine reads in answers. */
export const writeCalls = onTurns((turns) => {
  const written = turns.map(callsAsText);
  return written.every((turn, index) => turn === turns[index]) ? turns : mergeNeighbours(written);
});

/** Tools as a part of the system turn that leads, with the form of a call that the engine reads in answers. */
export const writeTools: Mending = (history) => {
  if (history.tools.length === 0) return history;
  const tools: Turn = { role: "system", content: toolsAsText(history.tools) };
  const [first] = history.turns;
  const turns =
    first?.role === "system" ? [joinTurns([first, tools]), ...history.turns.slice(1)] : [tools, ...history.turns];
  return { ...history, tools: [], turns };
};

/** Where nobody else says anything, the system's words are the user's. */
export const foldLoneSystem = onTurns((turns) =>
  turns.every(({ role }) => role === "system") ? mergeNeighbours(foldSystem(turns)) : turns,
);

export const foldLaterSystem = onTurns((turns) => {
  const leading = turns.findIndex(({ role }) => role !== "system");
  if (leading <= 1 && !turns.slice(1).some(({ role }) => role === "system")) return turns;
  const [first, ...rest] = mergeNeighbours(turns);
  return first ? mergeNeighbours([first, ...foldSystem(rest, markSystem)]) : turns;
});

export const foldAllSystem = onTurns((turns) =>
  turns.some(({ role }) => role === "system") ? mergeNeighbours(foldSystem(turns)) : turns,
);

const addDescriptions: Mending = (history) =>
  history.tools.every(({ description }) => description !== undefined)
    ? history
    : { ...history, tools: history.tools.map((tool) => ({ ...tool, description: tool.description ?? "" })) };

const steps: readonly Mending[] = [
  addDescriptions,
  onTurns((turns) => turns.map(wrapArguments)),
  onTurns((turns) => turns.map(shortenIds)),
  onTurns(mergeNeighbours),
  foldLaterSystem,
  foldAllSystem,
  onTurns(leadWithUser),
  separateCalls,
  writeArguments,
  (history) => onTurns(leadWithUser)(writeCalls(history)),
];

/** A turn for each call, followed by the results that answer it; the last one is followed by all others. */
function separate({ calls = [], ...turn }: Turn, results: readonly Turn[]): Turn[] {
  const last = calls.length - 1;
  const answered = new Set(calls.slice(0, last).map(({ id }) => id));
  const byCall = Map.groupBy(results, ({ toolCallId }) => toolCallId ?? "");
  return calls.flatMap((call, index) => [
    { ...(index === 0 ? turn : { role: turn.role, content: "" }), calls: [call] },
    ...(index === last
      ? results.filter(({ toolCallId }) => !answered.has(toolCallId ?? ""))
      : (byCall.get(call.id) ?? [])),
  ]);
}

/** The results that directly follow a turn. */
function resultsAfter(turns: readonly Turn[], index: number): readonly Turn[] {
  let end = index + 1;
  while (turns[end]?.role === "tool") end++;
  return turns.slice(index + 1, end);
}

function wrapArguments(turn: Turn): Turn {
  if (!turn.calls || turn.calls.every((call) => isJsonObject(call.arguments))) return turn;
  return {
    ...turn,
    // The model is shown what it wrote, in the one form that the template takes.
    calls: turn.calls.map((call) =>
      isJsonObject(call.arguments)
        ? call
        : { ...call, arguments: JSON.stringify({ invalid_arguments: call.arguments }) },
    ),
  };
}

function isJsonObject(json: string): boolean {
  if (!json.trimStart().startsWith("{")) return false;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

function shortenIds(turn: Turn): Turn {
  const isShort = (id: string) => /^[a-zA-Z0-9]{9}$/.test(id);
  const shorten = (id: string) => (isShort(id) ? id : createHash("sha256").update(id).digest("hex").slice(0, 9));
  if ((turn.calls ?? []).every(({ id }) => isShort(id)) && (turn.toolCallId === undefined || isShort(turn.toolCallId)))
    return turn;
  return {
    ...turn,
    ...(turn.toolCallId !== undefined && { toolCallId: shorten(turn.toolCallId) }),
    ...(turn.calls && { calls: turn.calls.map((call) => ({ ...call, id: shorten(call.id) })) }),
  };
}

/** Each result of a tool answers a call of its own, so those stay apart. */
function mergeNeighbours(turns: readonly Turn[]): Turn[] {
  const groups: Turn[][] = [];
  for (const turn of turns) {
    const last = groups.at(-1);
    if (last?.[0]?.role === turn.role && turn.role !== "tool") last.push(turn);
    else groups.push([turn]);
  }
  // All at once: joined one by one, a text would be copied for each turn.
  return groups.map((group) => joinTurns(group));
}

function joinTurns(turns: readonly Turn[]): Turn {
  const [first] = turns;
  if (!first || turns.length === 1) return must(first, "turns are joined that are there");
  const reasoning = turns.map((turn) => turn.reasoning).filter((text) => text !== undefined);
  const calls = turns.flatMap((turn) => turn.calls ?? []);
  const name = turns.find((turn) => turn.name !== undefined)?.name;
  return {
    role: first.role,
    content: turns
      .map(({ content }) => content)
      .filter((text) => text !== "")
      .join("\n\n"),
    ...(name !== undefined && { name }),
    ...(reasoning.length > 0 && { reasoning: reasoning.join("\n") }),
    ...(calls.length > 0 && { calls }),
  };
}

/** Behind others' turns its words are marked, as they are for vendors. */
const markSystem = (text: string) => systemMarks.before + text + systemMarks.after;

/** System turns as the user's, each at its place: neighbours take them in. They don't come between a call and its results. */
function foldSystem(turns: readonly Turn[], worded = (text: string) => text): Turn[] {
  const folded: Turn[] = [];
  let waiting: Turn[] = [];
  for (const [index, turn] of turns.entries()) {
    if (turn.role === "system") waiting.push({ role: "user", content: worded(turn.content) });
    else folded.push(turn);
    if (turns[index + 1]?.role === "tool") continue;
    folded.push(...waiting);
    waiting = [];
  }
  return folded;
}

function leadWithUser(turns: readonly Turn[]): readonly Turn[] {
  const start = turns[0]?.role === "system" ? 1 : 0;
  const first = turns[start];
  if (!first || first.role === "user") return turns;
  return [...turns.slice(0, start), { role: "user", content: "" }, ...turns.slice(start)];
}
