import { expect, test } from "bun:test";
import { SahabError, type ErrorCode } from "../base/errors.ts";
import { Attempt, noUsage, type Facts, type Usage } from "../call/index.ts";
import { parseCharge, parsePrices } from "../ledger/index.ts";
import { Bill } from "./bill.ts";

// What an attempt is billed for: its vendor's counts where they can be right, the larger of count and estimate where not.

const prices = parsePrices({ currency: "USD", input: 0.001, cached_input: 0, output: 0.001 });
const promptBytes = 40; // estimated at 10 tokens

interface Said {
  /** Bytes of text, or counts, in the order in which they came. */
  said: readonly (number | Partial<Usage>)[];
  outcome?: "ok" | ErrorCode;
  isShown?: boolean;
  isSent?: boolean;
  isCounted?: boolean;
  operation?: "chat" | "embedding";
}

function billed({ said, outcome = "ok", isShown = true, isSent = true, isCounted, operation = "chat" }: Said) {
  const attempt = new Attempt({ provider: "p", model: "m" });
  if (isSent) attempt.markSent();
  const nothing: Facts = { textBytes: 0, usage: undefined, isEnd: false, failure: undefined };
  for (const item of said)
    attempt.note(
      typeof item === "number" ? { ...nothing, textBytes: item } : { ...nothing, usage: { ...noUsage, ...item } },
    );
  if (isShown) attempt.markShown();
  if (isCounted) attempt.markCounted();
  attempt.close(outcome === "ok" ? undefined : new SahabError(outcome, "words"));
  const bill = new Bill(0);
  bill.begin(prices);
  const request = { startedMs: attempt.startedMs, operation, promptBytes, outcome };
  const record = bill.ofAttempt(attempt, 0, request);
  expect(bill.costOf([attempt], request)).toBe(record.cost);
  return [record.inputTokens, record.outputTokens, record.estimated];
}

const counts = (inputTokens: number, outputTokens: number, more: Partial<Usage> = {}) => ({
  inputTokens,
  outputTokens,
  ...more,
});

test.each<[string, Said, [number, number, boolean]]>([
  ["counts that fit are believed", { said: [400, counts(7, 90)] }, [7, 90, false]],
  ["also where hidden reasoning makes them large", { said: [4, counts(7, 9_000)] }, [7, 9_000, false]],
  ["no counts: prompt and text are estimated", { said: [400] }, [10, 100, true]],
  ["no output for a text", { said: [400, counts(7, 0)] }, [7, 100, true]],
  ["next to none for a text", { said: [4_000, counts(7, 3)] }, [7, 1_000, true]],
  ["no input for a prompt", { said: [400, counts(0, 90)] }, [10, 100, true]],
  ["zeros at the end take nothing back", { said: [400, counts(7, 90), counts(0, 0)] }, [10, 100, true]],
  ["less than before", { said: [400, counts(70, 190), counts(70, 90)] }, [70, 190, true]],
  ["growing counts: the last one", { said: [200, counts(7, 50), 200, counts(7, 95)] }, [7, 95, false]],
  ["text after the last count", { said: [4, counts(7, 1), 396] }, [7, 100, true]],
  ["text after a count that was larger anyway", { said: [4, counts(7, 500), 396] }, [7, 500, true]],
  ["a doubtful input", { said: [400, counts(3, 90, { isInputDoubtful: true })] }, [10, 100, true]],
  ["a doubtful output", { said: [400, counts(3, 90, { isOutputDoubtful: true })] }, [3, 100, true]],
  ["an empty answer", { said: [counts(7, 0)] }, [7, 0, false]],
  ["embeddings have no output", { said: [counts(7, 0)], operation: "embedding" }, [7, 0, false]],
  ["embeddings without counts", { said: [], operation: "embedding" }, [10, 0, true]],
])("%s", (_name, said, expected) => expect(billed(said)).toEqual(expected as never));

test.each<[string, Said, [number, number, boolean]]>([
  ["refused", { said: [], outcome: "upstream_error", isShown: false }, [0, 0, false]],
  ["never sent", { said: [], outcome: "upstream_timeout", isSent: false, isShown: false }, [0, 0, false]],
  ["given up after it was sent", { said: [], outcome: "upstream_timeout", isShown: false }, [10, 0, true]],
  ["the client left before any text", { said: [], outcome: "client_closed_request", isShown: false }, [10, 0, true]],
  [
    "the client left after counts on the way",
    { said: [400, counts(7, 90)], outcome: "client_closed_request" },
    [7, 90, true],
  ],
  [
    "the client left after counts before any text",
    { said: [counts(7, 1)], outcome: "client_closed_request" },
    [7, 1, true],
  ],
  [
    "and the target counted at the end",
    { said: [400, counts(7, 90)], outcome: "client_closed_request", isCounted: true },
    [7, 90, false],
  ],
  ["zeros beside a failure", { said: [counts(0, 0)], outcome: "upstream_invalid_response" }, [0, 0, false]],
  ["counts beside a failure", { said: [counts(7, 3)], outcome: "stream_interrupted" }, [7, 3, false]],
  ["broken after text was shown", { said: [400], outcome: "stream_interrupted" }, [10, 100, true]],
  ["broken with text that nobody saw", { said: [400], outcome: "upstream_closed", isShown: false }, [10, 0, true]],
  ["the same with counts", { said: [400, counts(7, 90)], outcome: "upstream_closed", isShown: false }, [7, 90, false]],
])("a failed attempt: %s", (_name, said, expected) => expect(billed(said)).toEqual(expected as never));

test("a charge with fees of its own counts by them what only passes", () => {
  const attempt = new Attempt({ provider: "p", model: "m" });
  attempt.markSent();
  attempt.note({
    textBytes: 4,
    usage: { ...noUsage, inputTokens: 7, outputTokens: 1_000, counts: { image: 2 } },
    isEnd: true,
    failure: undefined,
  });
  attempt.close();
  const bill = new Bill(0);
  const fees = (own: Record<string, number>) => ({ currency: "USD", input: 0, output: 0, fees: own });
  bill.begin(parsePrices(fees({ image: 0.04, image_hd: 0.08 })), parseCharge(fees({ image: 0.1 })));
  const pieces = { counts: { image: 2 }, kinds: ["image_hd"], isExact: false };
  const request = {
    startedMs: attempt.startedMs,
    operation: "image-generation" as const,
    promptBytes,
    pieces,
    outcome: "ok" as const,
  };
  const { cost, providerCost, outputTokens, estimated } = bill.ofAttempt(attempt, 0, request);
  expect([cost, providerCost, outputTokens, estimated]).toEqual([200_000_000n, 160_000_000n, 1_000, false]);
  expect(bill.costOf([attempt], request)).toBe(cost);
});
