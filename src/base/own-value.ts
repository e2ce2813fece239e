/**
 * What a table has under a word that somebody else chose: a vendor's answer, a client's field, a file. Every object inherits
 * `constructor`, `toString` and `__proto__`, so that a plain `table[word]` finds functions that nobody put there.
 */
export function ownValue<T>(table: Readonly<Record<string, T>> | undefined, word: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}
