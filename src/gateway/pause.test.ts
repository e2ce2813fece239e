import { afterEach, expect, test } from "bun:test";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { freePrices } from "../ledger/index.ts";
import { chat, errorAnswer, startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { eventually } from "../testing/eventually.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";

// What ends a request between two attempts, and what ends the one attempt that tries a target after its rest.

let vendor: FakeVendor | undefined;
let gateway: GatewayInProcess | undefined;

afterEach(async () => {
  await gateway?.close();
  await vendor?.stop();
});

/** A gateway whose model `m` has these targets, by priority. */
async function start(...scripts: Script[]): Promise<GatewayInProcess> {
  const names = scripts.map((_, index) => `t${index}`);
  const { url } = (vendor = startFakeVendor(
    Object.fromEntries(names.map((name, at) => [name, scripts[at] as Script])),
  ));
  const targets = names.map((model, priority) => {
    const provider = new Provider({ name: model, vendor: "compatible", base_url: url }, [openaiChat]);
    return {
      provider: model,
      model,
      priority,
      weight: 1,
      prices: freePrices,
      upstream: new ProviderTarget(provider, model),
    };
  });
  const models = new Map([["m", { name: "m", targets }]]);
  return (gateway = await startGateway([openaiChat], { models, projects: new Map() }));
}

function ask({ address, key }: GatewayInProcess, stream: boolean, signal?: AbortSignal): Promise<Response> {
  return fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "m", stream, messages: [{ role: "user", content: "Hi" }] }),
    ...(signal && { signal }),
  });
}

const busy: Script = () => errorAnswer(429, { message: "slow down" }, { "retry-after": "3" });

for (const stream of [false, true]) {
  const kind = stream ? "stream" : "whole";

  test(`a client that leaves in the pause is followed by no second attempt: ${kind}`, async () => {
    const sahab = await start(busy);
    const leaving = new AbortController();
    const asking = ask(sahab, stream, leaving.signal).catch(() => "left");
    await eventually("the first attempt", () => vendor?.calls.length === 1);
    leaving.abort();
    expect(await asking).toBe("left");
    const record = await eventually("the record", async () => (await sahab.records())[0]);
    expect(record).toMatchObject({
      outcome: "client_closed_request",
      attemptCount: 1,
      inputTokens: 0,
      estimated: false,
    });
    expect(record.attempts[0]?.outcome).toBe("upstream_rate_limited");
    await Bun.sleep(50);
    expect(vendor?.calls).toHaveLength(1);
  });

  test(`a shutdown in the pause is told, and ends it: ${kind}`, async () => {
    const sahab = await start(busy);
    const asking = ask(sahab, stream);
    await eventually("the first attempt", () => vendor?.calls.length === 1);
    await sahab.inFlight.drain(0);
    const response = await asking;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: "shutting_down" } });
    const [record] = await sahab.records();
    expect(record).toMatchObject({ outcome: "shutting_down", status: 503, attemptCount: 1, inputTokens: 0 });
  });

  test(`a probe whose client left says nothing: the next request is the probe: ${kind}`, async () => {
    let calls = 0;
    const ill: Script = (call) => {
      calls++;
      if (calls <= 2) return errorAnswer(429, { message: "slow down" }, { "retry-after": "1" });
      return calls === 3 ? new Promise<Response>(() => undefined) : chat(["well"])(call);
    };
    const sahab = await start(ill, chat(["spare"]));
    const providerOf = async (asking: Promise<Response>) => {
      const response = await asking;
      await response.text();
      return response.headers.get("x-sahab-provider");
    };
    expect(await providerOf(ask(sahab, stream))).toBe("t1");
    await Bun.sleep(1_050);
    const leaving = new AbortController();
    const probe = ask(sahab, stream, leaving.signal).catch(() => "left");
    await eventually("the probe", () => calls === 3);
    // Others see the target resting while it is on trial.
    expect(await providerOf(ask(sahab, stream))).toBe("t1");
    leaving.abort();
    expect(await probe).toBe("left");
    await eventually("the request is settled", () => sahab.inFlight.size === 0);
    expect(await providerOf(ask(sahab, stream))).toBe("t0");
    expect(await providerOf(ask(sahab, stream))).toBe("t0");
  });
}
