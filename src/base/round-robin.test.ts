import { expect, test } from "bun:test";
import { RoundRobin } from "./round-robin.ts";

test("projects take turns, and within a project its keys; each key's own come in their order", () => {
  const queue = new RoundRobin<string>();
  const add = (project: string, keyId: string, ...items: string[]) => {
    for (const item of items) queue.add({ project, keyId }, item);
  };
  add("noisy", "a", "a1", "a2", "a3");
  add("noisy", "b", "b1");
  add("quiet", "c", "c1", "c2");
  const taken = [queue.take(), queue.take()];
  add("new", "d", "d1");
  while (queue.size > 0) taken.push(queue.take());
  expect(taken).toEqual(["a1", "c1", "b1", "c2", "d1", "a2", "a3"]);
  expect(queue.take()).toBeUndefined();
});
