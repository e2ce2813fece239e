/** Something that reads what strangers write. */
export interface Target {
  readonly name: string;
  /** Inputs that are read well; others are made from them. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** What means something to the reader, to be put anywhere. */
  readonly words: readonly string[];
  /** Makes an input by a grammar. */
  generate?(random: () => number): string | Uint8Array;
  /** Reads the input, and throws where the reader did what it must not: any error but its own, or a wrong result. */
  run(input: Buffer, random: () => number): void | Promise<void>;
}

/** What a read came to: a value, or an error that the reader may throw. Any other error is thrown. */
export type Outcome<T> = { value: T; error?: undefined } | { value?: undefined; error: Error };

/** Reads, and lets through errors that `isOwn` knows. A stack that is full counts as a crash. */
export function attempt<T>(read: () => T, isOwn: (error: Error) => boolean): Outcome<T> {
  try {
    return { value: read() };
  } catch (thrown) {
    return { error: own(thrown, isOwn) };
  }
}

export async function attemptLater<T>(
  read: () => Promise<T> | T,
  isOwn: (error: Error) => boolean,
): Promise<Outcome<T>> {
  try {
    return { value: await read() };
  } catch (thrown) {
    return { error: own(thrown, isOwn) };
  }
}

function own(thrown: unknown, isOwn: (error: Error) => boolean): Error {
  if (!(thrown instanceof Error) || isStackOverflow(thrown) || !isOwn(thrown)) throw thrown;
  if (thrown.message.length > messageCharsMax)
    throw new Error(`an error's message has ${thrown.message.length} characters`, { cause: thrown });
  return thrown;
}

/** Messages quote what was found, and cut it. */
const messageCharsMax = 4_000;
const isStackOverflow = (error: Error) => error instanceof RangeError && /call stack/i.test(error.message);

export function same(what: string, found: unknown, expected: unknown): void {
  if (Bun.deepEquals(found, expected, true)) return;
  throw new Error(`${what} differ: ${show(found)} instead of ${show(expected)}`);
}

const show = (value: unknown) => (JSON.stringify(value) ?? String(value)).slice(0, 600);

/** Cuts bytes at random places; each piece is a copy, since a reader may move bytes about within it. */
export function cut(bytes: Uint8Array, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  const longest = random() < 0.3 ? 3 : Math.max(1, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + Math.floor(random() * longest));
    pieces.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return pieces;
}
