import { expect, test } from "bun:test";
import { Turns } from "./turns.ts";

const signal = new AbortController().signal;

test("one after the other, in turn between projects; whoever gives up is passed over, and a failure ends its turn", async () => {
  const turns = new Turns();
  const [busy, other] = [turns.open({ project: "busy", keyId: "k" }), turns.open({ project: "other", keyId: "k" })];
  const done: string[] = [];
  const run = (name: string) => async () => {
    done.push(`${name} begins`);
    await Bun.sleep(1);
    done.push(`${name} ends`);
    if (name === "bad") throw new Error("bad");
  };
  const abort = new AbortController();
  const work = [
    busy.during(run("first"), { cost: 10, signal }),
    busy.during(run("second"), { cost: 10, signal }),
    busy.during(run("gone"), { cost: 10, signal: abort.signal }),
    other.during(run("bad"), { cost: 1, signal }),
    other.during(run("last"), { cost: 1, signal }),
  ];
  abort.abort();
  const results = await Promise.allSettled(work);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(done).toEqual(["first", "bad", "last", "second"].flatMap((name) => [`${name} begins`, `${name} ends`]));
});
