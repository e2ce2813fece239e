import { createHash } from "node:crypto";
import type { History, Turn } from "./history.ts";

/**
 * A history as it is, and then mended step by step, for templates that refuse it. Each step keeps what those before it did,
 * and is left out where it changes nothing. What loses least comes first:
 *
 *  1. tools without a description get an empty one
 *  2. arguments that are no JSON object become one, under the name `invalid_arguments`
 *  3. ids of calls get nine letters and digits, as Mistral's templates demand
 *  4. neighbours of one role become one turn
 *  5. system turns after the first turn become the user's
 *  6. all system turns become the user's
 *  7. an empty turn of the user leads, where an assistant or a tool would
 *  8. arguments become text
 *  9. calls and their results become text, for templates without tools
 */
export function* mendings(history: History): Generator<History> {
  yield history;
  let mended = history;
  for (const step of steps) {
    const next = step(mended);
    if (next === mended) continue;
    mended = next;
    yield mended;
  }
}

type Step = (history: History) => History;

/** A step that changes turns; it returns the same history where it changes none. */
function onTurns(change: (turns: readonly Turn[]) => readonly Turn[]): Step {
  return (history) => {
    const turns = change(history.turns);
    const isSame = turns.length === history.turns.length && turns.every((turn, index) => turn === history.turns[index]);
    return isSame ? history : { ...history, turns };
  };
}

const steps: readonly Step[] = [
  (history) => (history.describesTools === false ? { ...history, describesTools: true } : history),
  onTurns((turns) => turns.map(wrapArguments)),
  onTurns((turns) => turns.map(shortenIds)),
  onTurns(mergeNeighbours),
  onTurns((turns) => mergeNeighbours([...turns.slice(0, 1), ...foldSystem(turns.slice(1))])),
  onTurns((turns) => mergeNeighbours(foldSystem(turns))),
  onTurns(leadWithUser),
  (history) =>
    history.argumentsAs === "object" && history.turns.some(({ calls }) => calls)
      ? { ...history, argumentsAs: "text" }
      : history,
  onTurns((turns) => leadWithUser(mergeNeighbours(turns.map(writeTools)))),
];

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
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role === turn.role && turn.role !== "tool") merged.splice(-1, 1, joinTurns(last, turn));
    else merged.push(turn);
  }
  return merged;
}

function joinTurns(first: Turn, second: Turn): Turn {
  const reasoning = [first.reasoning, second.reasoning].filter((text) => text !== undefined);
  const calls = [...(first.calls ?? []), ...(second.calls ?? [])];
  const name = first.name ?? second.name;
  return {
    role: first.role,
    content: [first.content, second.content].filter((text) => text !== "").join("\n\n"),
    ...(name !== undefined && { name }),
    ...(reasoning.length > 0 && { reasoning: reasoning.join("\n") }),
    ...(calls.length > 0 && { calls }),
  };
}

/** System turns as the user's, each at its place: neighbours take them in. They don't come between a call and its results. */
function foldSystem(turns: readonly Turn[]): Turn[] {
  const folded: Turn[] = [];
  let waiting: Turn[] = [];
  for (const [index, turn] of turns.entries()) {
    if (turn.role === "system") waiting.push({ role: "user", content: turn.content });
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

/** In the tags that most models know, and that the engine reads in answers. */
function writeTools(turn: Turn): Turn {
  if (turn.role === "tool") return { role: "user", content: `<tool_response>\n${turn.content}\n</tool_response>` };
  if (!turn.calls) return turn;
  const { calls, content, ...rest } = turn;
  const written = calls.map(
    (call) => `<tool_call>\n{"name": ${JSON.stringify(call.name)}, "arguments": ${call.arguments}}\n</tool_call>`,
  );
  return { ...rest, content: [content, ...written].filter((text) => text !== "").join("\n") };
}
