/** What takes a bound away; commander turns a null of its parsers into a text. */
export const none = "none";
export type OrNone<T> = T | typeof none;

export const orNone =
  <T>(parse: (text: string) => T) =>
  (text: string): OrNone<T> =>
    text === none ? none : parse(text);

export function bound<T>(value: OrNone<T> | undefined): T | null | undefined {
  return value === none ? null : value;
}
