import { Environment } from "@huggingface/jinja";
import { nameOf, areEqual } from "./compare.ts";
import type { Loop, Node } from "./nodes.ts";
import { spend } from "./render-cost.ts";
import { callable, dict, itemsOf, list, missing, setVariable, text, truth, whole, type Value } from "./values.ts";

/** `break` or `continue`, on its way out to its loop. */
export class LeaveLoop extends Error {
  readonly isBreak: boolean;
  /** What the round has printed. */
  made = "";

  constructor(type: string) {
    super(`${type.toLowerCase()} stands outside a loop`);
    this.isBreak = type === "Break";
  }
}

interface Rounds {
  scope: Environment;
  /** Whether the loop's condition takes the item that the scope has. */
  passes(round: Environment): boolean;
  render(nodes: readonly Node[], round: Environment): string;
}

/** `a in b if c`: what is iterated over, and the condition. */
export function loopBody({ iterable }: Loop): { iterable: Node; condition: Node | undefined } {
  if (iterable.type !== "SelectExpression") return { iterable, condition: undefined };
  const select = iterable as Node & { lhs: Node; test: Node };
  return { iterable: select.lhs, condition: select.test };
}

/** Runs a loop as Jinja2 does: each round has a scope of its own, so what one sets the next does not see. */
export function runLoop(node: Loop, iterable: Value, { scope, passes, render }: Rounds): Value {
  const given = itemsOf(iterable);
  if (!given) throw new TypeError(`${nameOf(iterable)} object is not iterable`);
  spend(given.length);
  const rounds: { item: Value; round: Environment }[] = [];
  for (const item of given) {
    const round = new Environment(scope);
    assign(node.loopvar, item, round);
    if (passes(round)) rounds.push({ item, round });
  }
  const items = rounds.map(({ item }) => item);
  const changes: { last?: Value } = {};
  let made = rounds.length === 0 ? render(node.defaultBlock, new Environment(scope)) : "";
  for (const [index, { round }] of rounds.entries()) {
    setVariable(round, "loop", loopVariable(items, index, changes));
    try {
      made += render(node.body, round);
    } catch (thrown) {
      if (!(thrown instanceof LeaveLoop)) throw thrown;
      made += thrown.made;
      if (thrown.isBreak) break;
    }
  }
  return text(made);
}

function assign(target: Node, item: Value, scope: Environment): void {
  if (target.type === "Identifier") {
    setVariable(scope, target.value as string, item);
    return;
  }
  const names = target.value as Node[];
  const items = itemsOf(item);
  if (items?.length !== names.length) throw new TypeError(`cannot unpack ${nameOf(item)} into ${names.length} names`);
  for (const [index, name] of names.entries()) assign(name, items[index] ?? missing, scope);
}

function loopVariable(items: readonly Value[], index: number, changes: { last?: Value }): Value {
  const count = items.length;
  return dict(
    new Map<string, Value>([
      ["index", whole(index + 1)],
      ["index0", whole(index)],
      ["revindex", whole(count - index)],
      ["revindex0", whole(count - index - 1)],
      ["first", truth(index === 0)],
      ["last", truth(index === count - 1)],
      ["length", whole(count)],
      ["previtem", items[index - 1] ?? missing],
      ["nextitem", items[index + 1] ?? missing],
      ["cycle", callable((args) => args[index % Math.max(1, args.length)] ?? missing)],
      [
        "changed",
        callable((args) => {
          const now = list([...args]);
          const isChanged = changes.last === undefined || !areEqual(changes.last, now);
          changes.last = now;
          return truth(isChanged);
        }),
      ],
    ]),
  );
}
