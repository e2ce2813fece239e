import { expect, test } from "bun:test";
import { parseEnvironment } from "../base/environment.ts";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { openClient } from "./client.ts";
import { followRequests } from "./follow-requests.ts";

test("what ends after the server was away is told as soon as before, however long it was away", async () => {
  const port = await findFreePort();
  let ended: string | undefined;
  let questions = 0;
  const serve = () =>
    Bun.serve({
      port,
      hostname: "127.0.0.1",
      fetch: () => {
        questions++;
        const now = new Date().toISOString();
        const requests = ended === undefined ? [] : [{ id: ended, time: now, latency_ms: 0 }];
        return Response.json({ requests, next: null, now });
      },
    });
  const variables = { SAHAB_URL: `http://127.0.0.1:${port}`, SAHAB_ADMIN_KEY: "k".repeat(20) };
  const stop = new AbortController();
  const told: string[] = [];
  let server = serve();
  const following = followRequests(
    openClient(parseEnvironment(variables)),
    {},
    {
      limit: 0,
      signal: stop.signal,
      onRequest: ({ id }) => told.push(id),
      onWait: () => told.push("away"),
      onBack: () => told.push("back"),
      onMissed: () => told.push("missed"),
    },
  );
  await eventually("it asks", () => questions >= 2);
  await server.stop(true);
  await eventually("the wait is told", () => told.includes("away"));
  await Bun.sleep(2_500);
  server = serve();
  await eventually("it answers again", () => told.includes("back"));
  ended = "req_after";
  const backMs = performance.now();
  await eventually("the request is told", () => told.includes("req_after"));
  // Once a second; four times as long as it was away before.
  expect(performance.now() - backMs).toBeLessThan(5_000);
  expect(told).toEqual(["away", "back", "req_after"]);
  stop.abort();
  await following;
  await server.stop(true);
});
