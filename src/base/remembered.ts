/**
 * The same function, which remembers what it made of short texts: those of requests are few and come again and again, such as
 * paths. Forgets all of them when they are too many, since anybody can send any.
 */
export function remembered<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, { made: T }>();
  return (text) => {
    const found = known.get(text);
    if (found) return found.made;
    const made = make(text);
    if (text.length > textCharsMax) return made;
    if (known.size >= textsMax) known.clear();
    known.set(text, { made });
    return made;
  };
}

const textCharsMax = 256;
const textsMax = 1_000;
