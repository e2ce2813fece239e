import type { z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import { formatDecimal, formatNano } from "../base/money.ts";
import { showText } from "../base/printable.ts";
import type { Snapshot } from "../config/index.ts";
import {
  encodeApiRecord,
  explainCost,
  namesOfKeys,
  priceAt,
  type AttemptRecord,
  type CostExplanation,
  type Scope,
  type Store,
  type UsageRecord,
} from "../ledger/index.ts";
import { encodeRefusal } from "./encode.ts";
import type { requestStorySchema } from "./request-schemas.ts";

interface StoryDeps {
  store: Pick<Store, "findUsage" | "findKey" | "listKeys" | "findRefusal">;
  snapshot(): Pick<Snapshot, "models" | "names">;
}

/**
 * All that is known of the request whose id begins with a text. Throws `not_found`, and `invalid_request` where several do, with the
 * first of them.
 */
export async function readRequestStory(
  deps: StoryDeps,
  scope: Scope,
  idStart: string,
): Promise<z.infer<typeof requestStorySchema>> {
  const { store } = deps;
  const found = await store.findUsage(scope, idStart, shownMax + 1);
  const record = found.find(({ id }) => id === idStart) ?? found[0];
  if (!record) throw noSuchRequest(idStart);
  if (found.length > 1 && record.id !== idStart)
    throw new SahabError(
      "invalid_request",
      `id: ${found.length > shownMax ? `more than ${shownMax}` : found.length} requests have ids that begin with ${showText(idStart)}; give more of it: ${found
        .slice(0, shownMax)
        .map(({ id }) => id)
        .join(", ")}`,
      { param: "id" },
    );
  const names = await namesOfKeys(store, scope, [record.keyId]);
  const refusal = await store.findRefusal(scope, record.keyId);
  return {
    ...encodeApiRecord(record),
    key_name: names.get(record.keyId) ?? null,
    cost_explanations: record.attempts.map((attempt) => {
      const explained = explain(deps.snapshot(), record, attempt);
      return explained ? encodeExplanation(explained) : null;
    }),
    refusal: refusal?.requestId === record.id ? encodeRefusal(refusal) : null,
  };
}

const shownMax = 5;

function noSuchRequest(idStart: string): SahabError {
  const why = idStart.startsWith("adm_")
    ? "it is one of the admin API's own, which are not recorded"
    : "a request is recorded when it has ended, and not at all where its key was refused";
  return new SahabError(
    "not_found",
    `There is no request ${showText(idStart)}: ${why}; list them with: sahab requests`,
  );
}

/** By the price of the same target as it is declared now. */
function explain(
  { models, names }: Pick<Snapshot, "models" | "names">,
  { model, time }: UsageRecord,
  attempt: AttemptRecord,
): CostExplanation | undefined {
  const entry = names ? names.find(model) : models.get(model);
  const target = entry?.targets.find(({ provider, model }) => provider === attempt.provider && model === attempt.model);
  const price = target && priceAt(target.prices, time);
  const cost = attempt.providerCost ?? attempt.cost;
  if (!price || price.currency !== (attempt.providerCurrency ?? attempt.currency)) return undefined;
  const { images, seconds, characters, searches, vendorCost: _billed, ...used } = attempt;
  const counts = { image: images, second: seconds, character: characters, search: searches, web_search: searches };
  return explainCost({ ...used, counts }, price, { cost, timeMs: time });
}

function encodeExplanation({ currency, lines, factors }: CostExplanation) {
  return {
    currency,
    lines: lines.map(({ rate, ...line }) => ({ ...line, rate: formatNano(rate) })),
    factors: factors.map(({ why, factor }) => ({ why, factor: formatDecimal(factor, 9) })),
  };
}
