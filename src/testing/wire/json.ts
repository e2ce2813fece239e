export type Json = Record<string, unknown>;

// Reading of JSON that is not trusted: a value of another type reads as nothing.

export const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
export const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const string = (value: unknown): string => (typeof value === "string" ? value : "");
export const number = (value: unknown): number => (typeof value === "number" ? value : 0);

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A wire format is broken: what a client's SDK, or a vendor, would stumble over. */
export class Broken extends Error {}

export function must(condition: unknown, problem: string): asserts condition {
  if (!condition) throw new Broken(problem);
}

/** Arguments of a call as an object; throws where they are none. */
export function parseArguments(text: string): Json {
  const value: unknown = JSON.parse(text === "" ? "{}" : text);
  must(isObject(value), `arguments that are no object: ${text.slice(0, 100)}`);
  return value;
}

/** The same of an answer; where that was cut at its bound, so may its last arguments be. */
export function readArguments(text: string, isCut: boolean): unknown {
  try {
    return parseArguments(text);
  } catch (error) {
    if (isCut) return text;
    throw error;
  }
}

/** Fails where an object has other fields than these: vendors refuse what they do not know. */
export function mustKnow(value: Json, path: string, known: readonly string[]): void {
  const strange = Object.keys(value).filter((key) => !known.includes(key));
  must(strange.length === 0, `${path} has unknown fields: ${strange.join(", ")}`);
}

export interface SseEvent {
  /** Undefined where the event has no name. */
  name: string | undefined;
  data: string;
}

/** The events of a stream that has ended. What has no blank line behind it is no event. */
export function eventsOf(text: string): SseEvent[] {
  return text
    .split(/\r?\n\r?\n/)
    .slice(0, -1)
    .flatMap((block) => {
      const lines = block.split(/\r?\n/);
      const valuesOf = (field: string) =>
        lines
          .filter((line) => line.startsWith(`${field}:`))
          .map((line) => line.slice(field.length + 1).replace(/^ /, ""));
      const data = valuesOf("data");
      return data.length === 0 ? [] : [{ name: valuesOf("event")[0], data: data.join("\n") }];
    });
}
