import { startFakeVendor, wholeChat, type FakeVendor } from "./fake-vendor.ts";

/** What a run of many requests against one budget asks for. */
interface BudgetRun {
  /** Where a request may go; one that is down is tried in vain. */
  addresses: () => readonly string[];
  key: string;
  requests: number;
  atOnce: number;
  random: () => number;
}

/** Nano-units of a token of output; nothing else costs anything. */
const tokenCost = 100_000n;
const worstTokens = 50;

/** A configuration with one budget in US dollars, for the project `default`. */
export function budgetConfig(vendorUrl: string, amount: number | string) {
  return {
    providers: [{ name: "v", vendor: "compatible", base_url: vendorUrl, api_key: "k" }],
    models: [
      { name: "m", targets: [{ provider: "v", model: "m" }], price: { currency: "USD", input: 0, output: 100 } },
    ],
    projects: [{ name: "default", budget: { amount, period: "total" } }],
  };
}

/**
 * A vendor that bills what it was asked for, also where nobody hears its answer any more: a random number of tokens, at most as many as it
 * was allowed. It keeps the largest sum that it has seen.
 */
export function startBillingVendor(random: () => number): { vendor: FakeVendor; billed: () => bigint } {
  let billed = 0n;
  const vendor = startFakeVendor({
    m: async (call) => {
      const most = Number(call.body["max_tokens"]);
      const tokens = 1 + Math.floor(random() * most);
      billed += BigInt(tokens) * tokenCost;
      await Bun.sleep(random() * 20);
      return wholeChat("Hi", { usage: { prompt_tokens: 5, completion_tokens: tokens, total_tokens: 5 + tokens } })(
        call,
      );
    },
  });
  return { vendor, billed: () => billed };
}

/** How long connections that break are tried again. */
const retriesMs = 60_000;

/** Sends the requests; resolves with how often each status came, 0 standing for a connection that broke. */
export async function runBudget(run: BudgetRun): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let left = run.requests;
  const endMs = performance.now() + retriesMs;
  const client = async () => {
    while (left-- > 0) {
      const addresses = run.addresses();
      const address = addresses[Math.floor(run.random() * addresses.length)] ?? "";
      const status = await askOnce(address, run.key, worstTokens);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // Nobody was there; only requests that came somewhere count.
      if (status === 0 && performance.now() < endMs) {
        left++;
        await Bun.sleep(50);
      }
    }
  };
  await Promise.all(Array.from({ length: run.atOnce }, client));
  return statuses;
}

/** Asks for ever smaller answers until nothing is admitted any more. */
export async function spendRest(run: Pick<BudgetRun, "addresses" | "key">): Promise<void> {
  for (let tokens = worstTokens; tokens >= 1; tokens = Math.floor(tokens / 2))
    for (let misses = 0; misses < 2;) {
      let isAdmitted = false;
      for (const address of run.addresses()) {
        const status = await askOnce(address, run.key, tokens);
        if (status !== 200 && status !== 402) await Bun.sleep(50);
        isAdmitted ||= status === 200;
      }
      if (!isAdmitted) misses++;
    }
}

async function askOnce(address: string, key: string, tokens: number): Promise<number> {
  try {
    const response = await fetch(`${address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: tokens }),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
