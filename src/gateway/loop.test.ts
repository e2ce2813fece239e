import { expect, test } from "bun:test";
import { findFreePort } from "../testing/free-port.ts";
import { runSahab } from "../testing/run-sahab.ts";

test("a provider that leads back to Sahab ends in an error that says so, after a few turns", async () => {
  const port = await findFreePort();
  const sahab = await runSahab({ env: { SAHAB_PORT: String(port) } });
  try {
    const { key } = await sahab.createKey();
    await sahab.apply({
      providers: [
        { name: "itself", vendor: "compatible", base_url: `http://127.0.0.1:${port}/v1`, api_key: key },
        { name: "itself-as-messages", vendor: "anthropic", base_url: `http://127.0.0.1:${port}`, api_key: key },
      ],
      models: ["itself", "itself-as-messages"].map((name) => ({
        name,
        targets: [{ provider: name, model: name }],
        price: { currency: "USD", input: 1, output: 2 },
      })),
      projects: [{ name: "default" }],
    });
    for (const [model, path] of [
      ["itself", "/v1/chat/completions"],
      ["itself-as-messages", "/v1/messages"],
    ] as const)
      for (const stream of [false, true]) {
        const before = (await sahab.records()).length;
        const body = { model, stream, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] };
        const response = await sahab.call(path, body, { key });
        expect(response.status).toBe(508);
        expect(await response.text()).toContain("loop_detected");
        const records = await sahab.records();
        expect(records.length - before).toBe(5);
        for (const { outcome, cost, attempts } of records.slice(0, 5))
          expect({ outcome, cost, attempts }).toEqual({ outcome: "loop_detected", cost: "0", attempts: 1 });
      }
  } finally {
    await sahab.close();
  }
});
