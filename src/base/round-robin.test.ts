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

test("what is removed has no turn, and nothing else is removed", () => {
  const queue = new RoundRobin<string>();
  const tenant = { project: "one", keyId: "a" };
  for (const item of ["a1", "a2", "a3"]) queue.add(tenant, item);
  expect(queue.remove(tenant, "a2")).toBeTrue();
  expect(queue.remove(tenant, "a2")).toBeFalse();
  expect(queue.remove({ ...tenant, keyId: "b" }, "a1")).toBeFalse();
  expect(queue.remove({ ...tenant, project: "two" }, "a1")).toBeFalse();
  expect(queue.size).toBe(2);
  expect([queue.take(), queue.take(), queue.take()]).toEqual(["a1", "a3", undefined]);
  queue.add(tenant, "a4");
  expect(queue.remove(tenant, "a4")).toBeTrue();
  expect([queue.size, queue.take()]).toEqual([0, undefined]);
});
