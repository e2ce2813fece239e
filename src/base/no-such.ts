import { askSimilar } from "./find-similar.ts";
import { keyPrefix } from "./describe-key.ts";
import { holdsKey } from "./key-forms.ts";
import { showText } from "./printable.ts";
import { showList } from "./show-list.ts";

/** `There is no project "serch"; there are: default, search; did you mean search?`; `place` is where it was looked for. */
export function describeNoSuch(kind: string, name: string, names: readonly string[], place = ""): string {
  if (kind === "key" && isKeysText(name)) return namedByItsText;
  return `There is no ${kind} ${showText(name)}${place}; ${listInstead(name, names)}`;
}

/** Whether a text is a key, or the beginning of one as lists show it. */
export function isKeysText(text: string): boolean {
  return text.startsWith(keyPrefix) || holdsKey(text);
}

/** For a key's own text, or its beginning, in the place of its name. */
export const namedByItsText =
  "A key is named by its name or id here, not by its own text; how each begins is shown by: sahab key list";

/** `there are: default, search; did you mean search?` */
export function listInstead(name: string, names: readonly string[]): string {
  return `there are: ${showList(names) || "none"}${askSimilar(name, names)}`;
}
