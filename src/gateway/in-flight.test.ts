import { expect, test } from "bun:test";
import { openLog } from "../base/log.ts";
import { Refusals } from "../base/refusals.ts";
import { eventually } from "../testing/eventually.ts";
import { InFlight } from "./in-flight.ts";

/** Counts how often it is looked at, and with how many others in one turn of the event loop. */
function createWatched(turn: { looks: number; most: number }) {
  return {
    caller: { project: "default", keyId: "key" },
    address: "127.0.0.1",
    bodyBytes: 0,
    looks: 0,
    sweep() {
      this.looks++;
      if (turn.looks++ === 0) setImmediate(() => (turn.looks = 0));
      turn.most = Math.max(turn.most, turn.looks);
    },
    cancel: () => undefined,
  };
}

test("all requests are looked at equally often, a tenth of them at a time, while some come and go", async () => {
  const inFlight = new InFlight({ refusals: new Refusals(openLog({ level: "silent", pretty: false })) });
  const turn = { looks: 0, most: 0 };
  const all = Array.from({ length: 45 }, () => createWatched(turn));
  for (const watched of all) inFlight.add(watched);
  inFlight.run();
  await eventually("several rounds", () => all.every(({ looks }) => looks >= 3));
  const counts = all.map(({ looks }) => looks);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  expect(turn.most).toBeLessThanOrEqual(5);
  for (const watched of all.slice(0, 40)) inFlight.delete(watched);
  const late = createWatched(turn);
  inFlight.add(late);
  await eventually("the late one", () => late.looks >= 2);
  for (const watched of [...all.slice(40), late]) inFlight.delete(watched);
  await inFlight.drain(1_000);
});
