/** Throws unless the condition holds: for what the program itself guarantees, never for input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${message}`);
}

/** The value, which the program itself guarantees to be there. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new Error(`Assertion failed: ${message}`);
  return value;
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never): never {
  throw new Error(`Assertion failed: unreachable value ${JSON.stringify(value)}`);
}
