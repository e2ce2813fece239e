import { ApiError } from "../../api/api-error.ts";
import { bareMessage } from "./fit-message.ts";
import type { Message } from "./message.ts";

/** As the server has it then; undefined where it took none. */
interface Kept<Conversation> {
  conversation: Conversation | undefined;
  /** Why a message is not kept as it is shown; undefined where all are. */
  refusal: unknown;
}

/**
 * Keeps messages together. Where the server refuses them they are sent one by one, so that a single one does not keep all others back: a
 * refused one is kept by its words alone, or else left out. Throws where another try may succeed.
 */
export async function keepEach<Conversation extends object>(
  id: string,
  messages: readonly Message[],
  keep: (id: string, messages: readonly Message[]) => Promise<Conversation>,
): Promise<Kept<Conversation>> {
  try {
    return { conversation: await keep(id, messages), refusal: undefined };
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  const kept: Kept<Conversation> = { conversation: undefined, refusal: undefined };
  for (const message of messages)
    for (const form of [message, bareMessage(message)])
      try {
        kept.conversation = await keep(id, [form]);
        break;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        kept.refusal ??= error;
      }
  return kept;
}

/** The same message would be refused again. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 413);
}
