/** The characters of a header's name and of its value (RFC 9110, §5), as sources of patterns. */
export const fieldName = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
export const fieldText = "[\\t\\x20-\\x7e\\x80-\\xff]*";

/** Finds headers by their lower-case names; see `HeaderFields.pick`. */
export function patternOf(names: readonly string[]): RegExp {
  return new RegExp(`\\r\\n(${names.map((name) => name.replace(/[^\w-]/g, "\\$&")).join("|")}):`, "g");
}

/** The headers of a request or an answer. They are looked up in the text, since of a dozen only a few are needed. */
export class HeaderFields {
  readonly #text: string;
  readonly #lower: string;

  /** `text` is a head without its first line and its last, blank line. Each header begins after a CRLF, so the text begins with one. */
  constructor(text: string) {
    this.#text = text;
    this.#lower = text.toLowerCase();
  }

  /** The value of a header by its lower-case name, the first one if it occurs more than once; null if there is none. */
  first(name: string): string | null {
    const at = this.#lower.indexOf(`\r\n${name}:`);
    return at === -1 ? null : this.#valueAt(at + name.length + 3);
  }

  /** The same with all values of one that occurs more than once, joined by ", " (RFC 9110, §5.3). */
  get(name: string): string | null {
    const field = `\r\n${name}:`;
    let at = this.#lower.indexOf(field);
    if (at === -1) return null;
    let joined = this.#valueAt(at + field.length);
    while ((at = this.#lower.indexOf(field, at + field.length)) !== -1)
      joined = `${joined}, ${this.#valueAt(at + field.length)}`;
    return joined;
  }

  /**
   * The headers of some names, with all values of each by themselves, in their order; undefined where there are none. `pattern` is what
   * `patternOf` made of the names: for two dozen of them, one pass of it takes as long as three searches (0.3 µs; 1 µs with a table that
   * is asked for each line).
   */
  pick(pattern: RegExp): [name: string, value: string][] | undefined {
    let found: [string, string][] | undefined;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(this.#lower); match; match = pattern.exec(this.#lower))
      (found ??= []).push([match[1] ?? "", this.#valueAt(pattern.lastIndex)]);
    return found;
  }

  /** How often a header occurs. */
  count(name: string): number {
    const field = `\r\n${name}:`;
    let count = 0;
    for (let at = this.#lower.indexOf(field); at !== -1; at = this.#lower.indexOf(field, at + field.length)) count++;
    return count;
  }

  /** All headers in their order, names in lower case. */
  entries(): [name: string, value: string][] {
    return this.#text
      .split("\r\n")
      .filter((line) => line !== "")
      .map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), trimSpace(line.slice(colon + 1))];
      });
  }

  #valueAt(start: number): string {
    const end = this.#text.indexOf("\r\n", start);
    return trimSpace(this.#text.slice(start, end === -1 ? undefined : end));
  }
}

/** Without spaces and tabs around it. What else looks like space (a no-break space) belongs to the value (RFC 9110, §5.5). */
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
