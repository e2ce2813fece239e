import { expect, test } from "bun:test";
import { FairQueue, type Account } from "./fair-queue.ts";

interface Item {
  account: Account<Item>;
  name: string;
}

const tenant = (project: string, keyId = "k") => ({ project, keyId });

function wait(queue: FairQueue<Item>, account: Account<Item>, name: string, again = false): Item {
  const item = { account, name };
  queue.add(account, item, { again });
  return item;
}

function serve(queue: FairQueue<Item>, cost: number): string {
  const [next] = queue.heads();
  if (!next) return "";
  queue.remove(next.account, next);
  queue.hold(next.account);
  queue.charge(next.account, cost);
  queue.drop(next.account);
  return next.name;
}

test("projects get turns by what has been served, and within each its keys", () => {
  const queue = new FairQueue<Item>();
  const [many, one, other] = [tenant("a"), tenant("b", "1"), tenant("b", "2")].map((who) => queue.open(who));
  for (let i = 0; i < 60; i++) {
    if (many) wait(queue, many, "a");
    if (one) wait(queue, one, "b1");
    if (other) wait(queue, other, "b2");
  }
  const served = Array.from({ length: 60 }, () => serve(queue, 10));
  const count = (name: string) => served.filter((one) => one === name).length;
  expect([count("a"), count("b1"), count("b2")]).toEqual([30, 15, 15]);
});

test("what nobody waits for comes last, of the same project too", () => {
  const queue = new FairQueue<Item>();
  const batch = queue.open({ ...tenant("a"), isBackground: true });
  const [own, other] = [queue.open(tenant("a")), queue.open(tenant("b"))];
  queue.charge(own, 1_000_000);
  queue.hold(other);
  wait(queue, batch, "batch");
  wait(queue, own, "own");
  wait(queue, other, "other");
  expect([1, 2, 3].map(() => serve(queue, 10))).toEqual(["own", "other", "batch"]);
});

test("turns are counted in tokens", () => {
  const queue = new FairQueue<Item>();
  const [long, short] = [queue.open(tenant("long")), queue.open(tenant("short"))];
  for (let i = 0; i < 100; i++) {
    wait(queue, long, "long");
    wait(queue, short, "short");
  }
  const cost = { long: 90, short: 10 };
  const served = { long: 0, short: 0 };
  for (let i = 0; i < 100; i++) {
    const [next] = queue.heads();
    served[serve(queue, cost[next?.name as "long" | "short"]) as "long" | "short"]++;
  }
  expect(served).toEqual({ long: 10, short: 90 });
});

test("who holds fewest places is next, whatever was served", () => {
  const queue = new FairQueue<Item>();
  const [holder, other] = [queue.open(tenant("a")), queue.open(tenant("b"))];
  queue.hold(holder);
  queue.charge(other, 1_000_000);
  wait(queue, holder, "holder");
  wait(queue, other, "other");
  expect([...queue.heads()].map(({ name }) => name)).toEqual(["other", "holder"]);
});

test("one that goes on comes before those of its key that have not begun, and not before others", () => {
  const queue = new FairQueue<Item>();
  const account = queue.open(tenant("a"));
  const other = queue.open(tenant("b"));
  queue.charge(account, 1);
  wait(queue, account, "first");
  wait(queue, account, "again", true);
  wait(queue, other, "other");
  expect([...queue.heads()].map(({ name }) => name)).toEqual(["other", "again"]);
});

test("who was idle has saved nothing up, and who was served has not been forgiven", () => {
  const queue = new FairQueue<Item>();
  const busy = queue.open(tenant("busy"));
  const left = queue.open(tenant("left"));
  queue.charge(busy, 1_000);
  queue.charge(left, 5_000);
  queue.close(left);
  const [newcomer, back] = [queue.open(tenant("new")), queue.open(tenant("left"))];
  expect([newcomer.project.served, back.project.served]).toEqual([1_000, 5_000]);
});

test("nothing is kept of those who have gone and would not be told from newcomers", () => {
  const queue = new FairQueue<Item>();
  const busy = queue.open(tenant("busy"));
  for (let i = 0; i < 100; i++) {
    queue.charge(busy, 1);
    queue.close(queue.open(tenant(`passer ${i}`)));
  }
  queue.close(busy);
  expect(queue.open(tenant("busy")).project.served).toBe(0);
});

test("who leaves is not served, and is counted no more", () => {
  const queue = new FairQueue<Item>();
  const account = queue.open(tenant("a"));
  const [first] = [wait(queue, account, "first"), wait(queue, account, "second")];
  expect(queue.size).toBe(2);
  expect([queue.remove(account, first), queue.remove(account, first)]).toEqual([true, false]);
  expect([queue.size, serve(queue, 1), queue.size]).toEqual([1, "second", 0]);
});
