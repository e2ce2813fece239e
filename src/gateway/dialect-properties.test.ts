import { afterAll, beforeAll, describe, test } from "bun:test";
import fc from "fast-check";
import { chooseSeed } from "../testing/random.ts";
import { ask } from "../testing/wire/ask.ts";
import { anyAsked } from "../testing/wire/any-asked.ts";
import { checkAsked } from "../testing/wire/check-cell.ts";
import { Proofs, type Kit } from "../testing/wire/kit.ts";
import { nothingSaid } from "../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../testing/wire/start-wire.ts";

// Whatever a client asks, a vendor of any dialect is asked the same, but for what is stated.

const seed = chooseSeed("dialect properties");
const modelOf = (client: Kit, vendor: Kit) => `${client.api}-${vendor.api}`;
let wire: Wire;

beforeAll(async () => {
  const said = { ...nothingSaid(), text: "Yes.", stop: "stop" as const };
  wire = await startWire(
    spokenKits.flatMap((client) =>
      spokenKits.map((vendor) => ({
        name: modelOf(client, vendor),
        vendor,
        script: { answers: [said], proofs: new Proofs() },
      })),
    ),
  );
});

afterAll(() => wire?.close());

for (const client of spokenKits) {
  describe(client.api, () => {
    test.each(spokenKits.map((vendor) => [vendor.api, vendor] as const))("→ %s", async (_, vendor) => {
      const model = modelOf(client, vendor);
      // Other dialects' ids may hold more than Anthropic takes.
      const ids = client.api === "messages" ? /^[\w-]{1,24}$/ : /^[\w:.-]{1,24}$/;
      const server = wire.serverOf(vendor);
      await fc.assert(
        fc.asyncProperty(anyAsked(ids), async (any) => {
          const asked = { ...any, model };
          const wordless = new Set([...(client.client.cannotSay ?? []), ...(vendor.vendor.cannotBeAsked ?? [])]);
          if (wordless.has("stop text")) asked.stop = [];
          if (wordless.has("any tool") && asked.choice === "required") asked.choice = "auto";
          const before = server.askedFor(model).length;
          const got = await ask(client, asked, wire);
          if (got.error) throw new Error(`${got.status}: ${got.error.message}`);
          const found = server.askedFor(model)[before];
          checkAsked({ stated: {}, client, vendor }, found, asked);
        }),
        { seed, numRuns: 60 },
      );
    });
  });
}
