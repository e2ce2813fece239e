import { api, take } from "../../api/client.ts";
import type { MessageUsage } from "./message.ts";

/** Records reach the store within about a second; of a stopped answer a while later, when the vendor has told its count. */
const waitsMs = [700, 2_000, 6_000];

/** What a request used and cost, by its record: for an answer whose end did not come. Undefined where that is not known in time. */
export async function readUsage(requestId: string): Promise<MessageUsage | undefined> {
  for (const waitMs of waitsMs) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    try {
      const record = await take(api.GET("/admin/v1/requests/{id}", { params: { path: { id: requestId } } }));
      return {
        input_tokens: record.tokens.input,
        cached_input_tokens: record.tokens.cached_input,
        output_tokens: record.tokens.output,
        reasoning_tokens: record.tokens.reasoning,
        cost: record.cost,
        currency: record.currency,
        ...(record.estimated && { estimated: true }),
      };
    } catch {
      // Not there yet.
    }
  }
  return undefined;
}
