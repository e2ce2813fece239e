/** The names that are allowed; a `*` at the end of a pattern matches any ending. */
export interface NameLimit {
  readonly patterns: readonly string[];
  includes(name: string): boolean;
}

export function limitNames(patterns: readonly string[]): NameLimit {
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith("*")));
  const starts = patterns.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
  return {
    patterns,
    includes: (name) => names.has(name) || starts.some((start) => name.startsWith(start)),
  };
}
