import { gbnfLiteral } from "./gbnf.ts";

/** A text, and the rules for what follows it. */
export interface Choice {
  text: string;
  rest: string;
}

/**
 * The body of a rule for one of many texts. What several begin with is written once: llama.cpp keeps a state for each text
 * that is still possible, and compares each with all others (3,000 texts of an enum took 134 ms to compile, now 2).
 */
export function choiceRule(choices: readonly Choice[]): string {
  return write(
    choices.map(({ text, rest }) => ({ points: Array.from(text), rest })),
    0,
    0,
  );
}

interface Entry {
  /** Characters, so that none is cut in two. */
  points: string[];
  rest: string;
}

function write(entries: readonly Entry[], from: number, depth: number): string {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const first = entry.points[from] ?? "";
    const group = groups.get(first);
    if (group) group.push(entry);
    else groups.set(first, [entry]);
  }
  return [...groups].map(([first, group]) => writeGroup(first, group, from, depth)).join(" | ");
}

function writeGroup(first: string, group: readonly Entry[], from: number, depth: number): string {
  const [entry] = group;
  if (first === "" || !entry || group.length === 1 || depth >= depthMax)
    return group.map(({ points, rest }) => follow(points.slice(from), rest)).join(" | ");
  let to = from + 1;
  while (to < entry.points.length && group.every(({ points }) => points[to] === entry.points[to])) to++;
  return follow(entry.points.slice(from, to), `(${write(group, to, depth + 1)})`);
}

function follow(points: readonly string[], rest: string): string {
  return rest === "" ? gbnfLiteral(points.join("")) : `${gbnfLiteral(points.join(""))} ${rest}`;
}

/** Each level is a level of brackets, which llama.cpp reads by recursion. */
const depthMax = 64;
