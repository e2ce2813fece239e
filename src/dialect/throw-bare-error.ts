import type { ChatEvent } from "../call/index.ts";

/**
 * Events of a whole answer, of which the last may be an error. Throws an error that comes alone; what was said or counted before one was
 * paid for, so it stays.
 */
export function throwBareError(events: ChatEvent[]): ChatEvent[] {
  const last = events.at(-1);
  if (last?.type === "error" && events.every(({ type }) => type === "start" || type === "error")) throw last.error;
  return events;
}
