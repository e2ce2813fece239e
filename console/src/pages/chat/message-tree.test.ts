import { expect, test } from "bun:test";
import { makeMessage, partsOf, textOf, type Message } from "./message.ts";
import { choose, emptyTree, historyOf, putMessage, turnsOf, withoutBranch, type MessageTree } from "./message-tree.ts";

const ask = (id: string, parent: string | null): Message =>
  makeMessage({ id, parent, role: "user", status: "complete", content: partsOf(id) });
const say = (id: string, parent: string, model = "one"): Message =>
  makeMessage({ id, parent, role: "assistant", status: "complete", content: partsOf(id), model });
const treeOf = (...messages: Message[]): MessageTree => messages.reduce(putMessage, emptyTree);
const shown = (tree: MessageTree, models = ["one"]) =>
  turnsOf(tree, models).map(({ question, answers }) =>
    [question, ...answers].map(
      (one) => one && `${one.message.id} ${one.siblings.indexOf(one.message) + 1}/${one.siblings.length}`,
    ),
  );

test("an edited question and a second answer are branches; what is chosen decides what follows", () => {
  const tree = treeOf(
    ask("q1", null),
    say("a1", "q1"),
    ask("q2", "a1"),
    say("a2", "q2"),
    say("a1b", "q1"),
    ask("q2b", "a1"),
  );
  expect(shown(tree)).toEqual([["q1 1/1", "a1b 2/2"]]);
  const first = choose(tree, "q1", "a1");
  expect(shown(first)).toEqual([
    ["q1 1/1", "a1 1/2"],
    ["q2b 2/2", undefined],
  ]);
  expect(shown(choose(first, "a1", "q2"))).toEqual([
    ["q1 1/1", "a1 1/2"],
    ["q2 1/2", "a2 1/1"],
  ]);
  expect(shown(withoutBranch(first, "q2b"))).toEqual([
    ["q1 1/1", "a1 1/2"],
    ["q2 1/1", "a2 1/1"],
  ]);
  expect(withoutBranch(first, "a1").messages.map(({ id }) => id)).toEqual(["q1", "a1b"]);
});

test("two models side by side have an answer each, and each is told its own", () => {
  const tree = treeOf(
    ask("q1", null),
    say("a1", "q1"),
    say("b1", "q1", "two"),
    say("b1b", "q1", "two"),
    ask("q2", "a1"),
    say("a2", "q2"),
    say("b2", "q2", "two"),
  );
  const turns = turnsOf(tree, ["one", "two"]);
  expect(shown(tree, ["one", "two"])).toEqual([
    ["q1 1/1", "a1 1/1", "b1b 2/2"],
    ["q2 1/1", "a2 1/1", "b2 1/1"],
  ]);
  expect(historyOf(turns, 0).map(textOf)).toEqual(["q1", "a1", "q2", "a2"]);
  expect(historyOf(turns, 1).map(textOf)).toEqual(["q1", "b1b", "q2", "b2"]);
  expect(shown(choose(tree, "q1|two", "b1"), ["one", "two"])[0]).toEqual(["q1 1/1", "a1 1/1", "b1 1/2"]);
});

test("a model that joins later takes the other's answers for what was said, and a failure says nothing", () => {
  const failed = { ...say("a2", "q2"), status: "failed" as const, content: [] };
  const tree = treeOf(ask("q1", null), say("a1", "q1"), ask("q2", "a1"), failed);
  const turns = turnsOf(tree, ["one", "two"]);
  expect(historyOf(turns, 1).map(textOf)).toEqual(["q1", "a1", "q2"]);
});
