import type { FieldCase } from "./field-case.ts";
import type { Findings } from "./findings.ts";
import { whole } from "./replay-rules.ts";
import { tryReplays } from "./try-replays.ts";
import type { World } from "./world.ts";

const word = "max_output_reached";

/** A finish reason that nobody knows passes on, and the log tells of it. */
export async function unknownWord(world: World, fieldCase: FieldCase): Promise<Findings> {
  const rule = whole({
    content: "a",
    also: ({ road, reply }, found) => {
      if (road === "chat") found.equal("the finish reason", reply.finish, word);
    },
  });
  const findings = await tryReplays(world, fieldCase, { rule });
  const line = await world.sahab.logged(word).catch(() => undefined);
  findings.expect(line !== undefined, "the log does not tell of the unknown word");
  return findings;
}
