/** The name that a misspelt one most probably means: capitals and separators aside, few letters differ, or one begins with the other. */
export function findSimilar(text: string, names: Iterable<string>): string | undefined {
  const wanted = plain(text);
  if (wanted === "" || wanted.length > charsMax) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [at, name] of Array.from(names).slice(0, namesMax).entries()) {
    const known = plain(name);
    const most = Math.min(3, Math.floor((Math.min(wanted.length, known.length) + 1) / 3));
    if (known === "" || known.length > charsMax) continue;
    const isBeginning =
      Math.min(wanted.length, known.length) >= 4 && (wanted.startsWith(known) || known.startsWith(wanted));
    const found = Math.abs(wanted.length - known.length) > most ? Number.POSITIVE_INFINITY : distance(wanted, known);
    // Of two that are as near, the first one counts; a mere beginning comes last.
    const score = (found <= most ? found : isBeginning ? most + 1 : Number.POSITIVE_INFINITY) + at * 1e-9;
    if (score < least) [best, least] = [name, score];
  }
  return best;
}

/** `; did you mean big?`, or nothing. */
export function askSimilar(text: string, names: Iterable<string>): string {
  const similar = findSimilar(text, names);
  return similar === undefined ? "" : `; did you mean ${similar}?`;
}

const charsMax = 64;
/** A few milliseconds at most. */
const namesMax = 2_000;

function plain(text: string): string {
  return text
    .slice(0, charsMax + 1)
    .toLowerCase()
    .replace(/[\s._-]/g, "");
}

/** Letters to add, leave out, change or swap with the next one ("optimal string alignment"). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
