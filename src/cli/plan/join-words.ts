import { showText } from "../../base/printable.ts";
import { UsageError } from "../command-error.ts";

/**
 * An amount whose words came apart in a shell for lack of quotes, as one text: `380bn`, `CNY` → `380bn CNY`. Undefined without words. Throws a
 * UsageError where several words have digits, since that may be several amounts.
 */
export function joinWords(words: readonly string[], name: string): string | undefined {
  const text = words.join(" ");
  if (words.filter((word) => /\p{Nd}/u.test(word)).length > 1)
    throw new UsageError(
      `the ${name}: found ${words.length} words, of which several have digits; allowed is one ${name}; quote it where it is one: ${showText(text)}`,
    );
  return words.length === 0 ? undefined : text;
}
