import { SahabError } from "../base/errors.ts";
import type { AnswerEvent, Batch } from "../call/index.ts";
import type { AnswerKind, Dialect } from "../dialect/dialect.ts";

/** All that an answer says, in a form that does not depend on how it came. */
export function readEvents(dialect: Dialect, kind: AnswerKind, pieces: readonly Buffer[]): object {
  const reader = dialect.reader(kind);
  const batches: Batch[] = [];
  let checked = 0;
  let hasEnded = false;
  const isOver = () => {
    for (; checked < batches.length && !hasEnded; checked++) {
      const facts = batches[checked]?.facts;
      hasEnded = facts?.isEnd === true || facts?.failure !== undefined;
    }
    return hasEnded;
  };
  for (const piece of pieces) {
    if (isOver()) break;
    batches.push(...reader.push(piece));
    for (let rest = reader.rest; rest && !isOver(); rest = reader.rest) batches.push(...reader.push(rest));
  }
  if (!isOver()) batches.push(reader.end());
  const events = batches.flatMap((batch) => batch.events().map(tell));
  if (events.some(({ type }) => type === "error") && !batches.some(({ facts }) => facts.failure))
    throw new Error("an answer that passes is an error to whoever decodes it");
  return {
    events: joinTexts(events),
    textBytes: batches.reduce((sum, { facts }) => sum + facts.textBytes, 0),
    isEnd: batches.some(({ facts }) => facts.isEnd),
    failure: batches.find(({ facts }) => facts.failure)?.facts.failure?.message,
    usage: batches.findLast(({ facts }) => facts.usage)?.facts.usage,
  };
}

type Told = Record<string, unknown>;
/** Ids that an answer lacks are made up, and so is its time. */
function asGiven(key: string, value: unknown): unknown {
  if (key === "createdS") return undefined;
  if (typeof value === "string") return value.replaceAll(/\b[a-z]+_[0-9a-z]{26}\b/g, "made up");
  return typeof value === "bigint" ? `${value}n` : value;
}

function tell(event: AnswerEvent): Told {
  if (event.type !== "error") return JSON.parse(JSON.stringify(event, asGiven)) as Told;
  if (!(event.error instanceof SahabError)) throw new Error("a failure is none of ours");
  return { type: "error", code: event.error.code, message: event.error.message };
}

/** Texts that follow each other are one text. */
function joinTexts(events: readonly Told[]): Told[] {
  const joined: Told[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (last && event["type"] === "text-delta" && last["type"] === "text-delta" && last["choice"] === event["choice"])
      last["text"] = String(last["text"]) + String(event["text"]);
    else joined.push({ ...event });
  }
  return joined;
}
