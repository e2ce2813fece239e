/**
 * The table's own entry for a word from outside (a vendor's answer, a client's field, a file). A plain `table[word]` would also
 * find what every object inherits, such as `constructor`.
 */
export function ownValue<T>(table: Readonly<Record<string, T>> | undefined, word: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}
