import { Interpreter, type Environment, type parse } from "@huggingface/jinja";
import { splitArguments, type Arguments } from "./arguments.ts";
import { areEqual, contains, nameOf, order } from "./compare.ts";
import { filterNamed } from "./filters.ts";
import { formatPercent } from "./format.ts";
import { methodOf } from "./methods.ts";
import type { Assignment, Binary, Call, Loop, Member, Named, Node } from "./nodes.ts";
import { printed } from "./python-text.ts";
import { currentLevel, enter, leave, nestingMax, returnTo, spend, spendChars } from "./render-cost.ts";
import { LeaveLoop, loopBody, runLoop } from "./run-loop.ts";
import { testInFilter } from "./spell-tests.ts";
import { testNamed } from "./tests.ts";
import {
  BooleanValue,
  dict,
  IntegerValue,
  isDict,
  isTrue,
  KeywordArguments,
  list,
  ListValue,
  missing,
  numberOf,
  StringValue,
  text,
  truth,
  whole,
  type Value,
} from "./values.ts";

/** The methods of the library's interpreter that are extended, or used for that. Its types call them private; its version is pinned. */
interface Internals {
  evaluate(node: Node | undefined, scope: Environment): Value;
  evaluateArguments(args: Node[], scope: Environment): [Value[], Map<string, Value>];
  evaluateBinaryExpression(node: Binary, scope: Environment): Value;
  evaluateMemberExpression(node: Member, scope: Environment): Value;
  evaluateSet(node: Assignment, scope: Environment): Value;
  run(program: ReturnType<typeof parse>): Value;
}
const Base = Interpreter as unknown as new (scope: Environment) => Internals;

/** Texts and lists that a template makes by repeating are bounded, as in Jinja2's sandbox. */
const repeatMax = 100_000;

/**
 * The library's interpreter, where it differs from Jinja2: filters, tests and methods that it lacks, comparison and
 * addition by Python's rules, loops with a scope for each round, and printing as Python prints.
 */
export class ChatInterpreter extends Base {
  #nesting = 0;

  override evaluate(node: Node | undefined, scope: Environment): Value {
    if (node === undefined) return missing;
    enter();
    const value = this.#evaluateNode(node, scope);
    leave();
    return value;
  }

  #evaluateNode(node: Node, scope: Environment): Value {
    switch (node.type) {
      case "Ready":
        return node.value as Value;
      case "Break":
      case "Continue":
        throw new LeaveLoop(node.type);
      case "TupleLiteral":
        return list((node.value as Node[]).map((item) => this.evaluate(item, scope)));
      case "For":
        return this.#evaluateLoop(node as Loop, scope);
      default:
        return super.evaluate(node, scope);
    }
  }

  evaluateBlock(nodes: readonly Node[], scope: Environment): Value {
    if (this.#nesting >= nestingMax) throw new RangeError(`blocks and macros nest deeper than ${nestingMax} levels`);
    let made = "";
    const level = currentLevel();
    this.#nesting++;
    try {
      for (const node of nodes) {
        const value = this.evaluate(node, scope);
        if (silent.has(node.type)) continue;
        const piece = printed(value);
        spendChars(piece.length);
        made += piece;
      }
    } catch (thrown) {
      // What was printed before the loop was left stays printed.
      if (thrown instanceof LeaveLoop) thrown.made = made + thrown.made;
      throw thrown;
    } finally {
      returnTo(level);
      this.#nesting--;
    }
    return text(made);
  }

  #evaluateLoop(node: Loop, scope: Environment): Value {
    const { iterable, condition } = loopBody(node);
    return runLoop(node, this.evaluate(iterable, scope), {
      scope,
      passes: (round) => condition === undefined || isTrue(this.evaluate(condition, round)),
      render: (nodes, round) => printed(this.evaluateBlock(nodes, round)),
    });
  }

  override evaluateBinaryExpression(node: Binary, scope: Environment): Value {
    const operator = node.operator.value;
    const left = this.evaluate(node.left, scope);
    if (operator === "and") return isTrue(left) ? this.evaluate(node.right, scope) : left;
    if (operator === "or") return isTrue(left) ? left : this.evaluate(node.right, scope);
    const right = this.evaluate(node.right, scope);
    spend(sizeOf(left) + sizeOf(right));
    const own = operators.get(operator)?.(left, right);
    if (own) {
      spend(sizeOf(own));
      return own;
    }
    const [a, b] = [numberOf(left), numberOf(right)];
    if (a === undefined || b === undefined)
      throw new TypeError(`unsupported operand type(s) for ${operator}: ${nameOf(left)} and ${nameOf(right)}`);
    const ready = (value: Value): Node => ({
      type: "Ready",
      value: value instanceof BooleanValue ? whole(Number(value.value)) : value,
    });
    return super.evaluateBinaryExpression({ ...node, left: ready(left), right: ready(right) }, scope);
  }

  /** The library's message would repeat all of what stands in place of a name. */
  override evaluateSet(node: Assignment, scope: Environment): Value {
    if (!assignable.has(node.assignee.type)) throw new TypeError(`cannot assign to ${node.assignee.type}`);
    return super.evaluateSet(node, scope);
  }

  override evaluateMemberExpression(node: Member, scope: Environment): Value {
    const object = this.evaluate(node.object, scope);
    // A slice copies, and letters are counted from the start.
    if (node.property.type === "SliceExpression" || (node.computed && object instanceof StringValue))
      spend(itemCount(object));
    if (node.property.type === "SliceExpression")
      return super.evaluateMemberExpression({ ...node, object: { type: "Ready", value: object } }, scope);
    // As in Jinja2, `a.items` is first the method, and `a["items"]` first the item.
    if (!node.computed && node.property.type === "Identifier") {
      const name = node.property.value as string;
      return methodOf(object, name) ?? (isDict(object) ? object.value.get(name) : undefined) ?? missing;
    }
    const key = this.evaluate(node.property, scope);
    if (key instanceof StringValue)
      return (isDict(object) ? object.value.get(key.value) : undefined) ?? methodOf(object, key.value) ?? missing;
    const at = key instanceof IntegerValue ? key.value : Number.NaN;
    if (object instanceof ListValue) return object.value.at(at) ?? missing;
    const letter = object instanceof StringValue ? Array.from(object.value).at(at) : undefined;
    return letter === undefined ? missing : text(letter);
  }

  applyFilter(value: Value, filter: Node, scope: Environment): Value {
    const [name, args] = this.#nameAndArguments(filter, scope);
    const test = testInFilter(name);
    spend(sizeOf(value));
    if (test) return truth(testNamed(test.name)(value, args) !== test.isNegated);
    const made = filterNamed(name)(value, args);
    spend(sizeOf(made));
    return made;
  }

  evaluateTestExpression(node: Node & { operand: Node; negate: boolean; test: Named }, scope: Environment): Value {
    const value = this.evaluate(node.operand, scope);
    return truth(testNamed(node.test.value)(value, splitArguments([])) !== node.negate);
  }

  evaluateCallExpression(node: Call, scope: Environment): Value {
    const [positional, named] = this.evaluateArguments(node.args, scope);
    const called = this.evaluate(node.callee, scope);
    if (typeof called.value !== "function")
      throw new TypeError(`${describe(node.callee)} is ${nameOf(called)} and cannot be called`);
    const args = named.size > 0 ? [...positional, new KeywordArguments(named)] : positional;
    for (const one of args) spend(sizeOf(one));
    const made = (called.value as (args: Value[], scope: Environment) => Value)(args, scope);
    spend(sizeOf(made));
    return made;
  }

  #nameAndArguments(filter: Node, scope: Environment): [string, Arguments] {
    if (filter.type !== "CallExpression") return [(filter as Named).value, splitArguments([])];
    const [positional, named] = this.evaluateArguments((filter as Call).args, scope);
    return [(filter as Call).callee.value, { positional, named }];
  }
}

/** What an operation costs that reads or makes a value, but not what is within its items. */
function sizeOf(value: Value): number {
  return value instanceof StringValue ? value.value.length / 64 : itemCount(value);
}

function itemCount(value: Value): number {
  if (value instanceof StringValue || value instanceof ListValue) return value.value.length;
  return isDict(value) ? value.value.size : 0;
}

/** Statements print nothing; loops, conditions and calls of macros are texts of their own. */
const silent = new Set(["Set", "Macro", "Comment"]);

function describe(node: Node): string {
  if (node.type === "Identifier") return `'${String(node.value)}'`;
  if (node.type !== "MemberExpression") return "a value";
  return `'${String((node as Member).property.value)}'`;
}

const assignable = new Set(["Identifier", "TupleLiteral", "MemberExpression"]);

type Operator = (left: Value, right: Value) => Value | undefined;

const repeat: Operator = (left, right) => {
  if (left instanceof IntegerValue && !(right instanceof IntegerValue)) return repeat(right, left);
  if (!(right instanceof IntegerValue)) return undefined;
  const count = Math.max(0, right.value);
  const size = left instanceof StringValue || left instanceof ListValue ? left.value.length * count : 0;
  if (size > repeatMax) throw new RangeError(`repeating makes ${size} items; at most ${repeatMax} are allowed`);
  if (left instanceof StringValue) return text(left.value.repeat(count));
  return left instanceof ListValue ? list(Array.from({ length: count }, () => left.value).flat()) : undefined;
};

const add: Operator = (left, right) => {
  if (left instanceof StringValue && right instanceof StringValue) return text(left.value + right.value);
  if (left instanceof ListValue && right instanceof ListValue) return list([...left.value, ...right.value]);
  if (left instanceof StringValue) throw new TypeError(`can only concatenate str (not ${nameOf(right)}) to str`);
  return undefined;
};

const modulo: Operator = (left, right) => {
  if (left instanceof StringValue) return text(formatPercent(left.value, right));
  const [a, b] = [numberOf(left), numberOf(right)];
  // Python's remainder has the sign of the divisor.
  return left instanceof IntegerValue && right instanceof IntegerValue && a !== undefined && b
    ? whole(((a % b) + b) % b)
    : undefined;
};

const merge: Operator = (left, right) =>
  isDict(left) && isDict(right) ? dict(new Map([...left.value, ...right.value])) : undefined;

const compare =
  (holds: (order: number) => boolean): Operator =>
  (left, right) =>
    truth(holds(order(left, right)));

const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["==", (left, right) => truth(areEqual(left, right))],
  ["!=", (left, right) => truth(!areEqual(left, right))],
  ["in", (left, right) => truth(contains(right, left))],
  ["not in", (left, right) => truth(!contains(right, left))],
  ["~", (left, right) => text(printed(left) + printed(right))],
  ["+", add],
  ["*", repeat],
  ["%", modulo],
  ["|", merge],
  ["<", compare((found) => found < 0)],
  [">", compare((found) => found > 0)],
  ["<=", compare((found) => found <= 0)],
  [">=", compare((found) => found >= 0)],
]);
