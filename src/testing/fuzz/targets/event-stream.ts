import { SahabError } from "../../../base/errors.ts";
import { EventStreamParser, type SseEvent } from "../../../dialect/sse.ts";
import { attempt, cut, same, type Target } from "../target.ts";
import { chatStreams, messagesStreams } from "./samples.ts";

const isOwn = (error: Error) => error instanceof SahabError;

/** Cut anywhere, a stream has the same events, and they are its bytes. */
export const eventStream: Target = {
  name: "event-stream",
  seeds: [...chatStreams, ...messagesStreams, ": a\n\ndata\n\ndata:1\ndata:2\r\revent: x\r\nid: 4\r\n\r\n"],
  words: [
    "\n",
    "\n\n",
    "\r",
    "\r\n\r\n",
    "data:",
    "data: ",
    "event: ",
    "id:",
    "retry: 1",
    ":",
    "[DONE]",
    "\uFEFF",
    "{}",
  ],
  run(input, random) {
    const whole = attempt(() => read([input]), isOwn);
    const pieces = cut(input, random);
    const cutUp = attempt(() => read(pieces), isOwn);
    if (whole.error ?? cutUp.error) return same("the errors", cutUp.error?.message, whole.error?.message);
    same("the events", tell(cutUp.value), tell(whole.value));
    const bytes = Buffer.concat((whole.value ?? []).map(({ raw }) => raw));
    same("the stream's bytes", bytes.toString("latin1"), input.toString("latin1"));
  },
};

function read(pieces: readonly Uint8Array[]): SseEvent[] {
  const parser = new EventStreamParser();
  const events: SseEvent[] = [];
  for (const piece of pieces) parser.push(piece, (event) => events.push(event));
  const rest = parser.end();
  return rest ? [...events, rest] : events;
}

/** What a client sees: how many comments the blank lines between events make depends on where they are cut. */
function tell(events: readonly SseEvent[] = []): object[] {
  return events
    .filter(({ raw }) => raw.some((byte) => byte !== lf && byte !== cr))
    .map(({ isComment, stray, data, event, id }) => ({
      isComment,
      // Of a last CRLF that is cut in two, the LF is left out.
      stray: stray?.trimEnd(),
      data,
      event,
      id,
    }));
}

const lf = 10;
const cr = 13;
