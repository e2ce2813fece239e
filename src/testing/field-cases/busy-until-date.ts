import type { FieldCase } from "./field-case.ts";
import type { Findings } from "./findings.ts";
import { refused, saneRetryAfter } from "./replay-rules.ts";
import { tryReplays } from "./try-replays.ts";
import { ask, busySeconds, type World } from "./world.ts";

/** A vendor that is busy for some time: in words that mean nothing, and until a date, which the client is told in seconds. */
export async function busyUntilDate(world: World, fieldCase: FieldCase): Promise<Findings> {
  const rule = refused({
    statuses: [502, 503],
    callsMax: 2,
    // 5xx: the same target once more, then the next one.
    also: (replay, found) => {
      found.equal("calls", replay.calls, 2);
      saneRetryAfter(replay, found, fieldCase);
    },
  });
  const findings = await tryReplays(world, fieldCase, { rule });
  const messages = [{ role: "user", content: "Hello" }];
  const reply = await ask(world, "/v1/chat/completions", { model: "busy", messages });
  const told = reply.headers.get("retry-after");
  findings.saw(`busy until a date: ${reply.status}, retry-after ${told}`);
  findings.expect(
    [502, 503].includes(reply.status),
    `the status of a vendor that is busy until a date is ${reply.status}`,
  );
  const seconds = Number(told);
  findings.expect(
    told !== null && Number.isInteger(seconds) && seconds > busySeconds - 30 && seconds <= busySeconds,
    `a date ${busySeconds} s ahead becomes a retry-after of ${told}`,
  );
  return findings;
}
