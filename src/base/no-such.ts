import { askSimilar } from "./find-similar.ts";
import { showText } from "./printable.ts";
import { showList } from "./show-list.ts";

/** `There is no project "serch"; there are: default, search; did you mean search?`; `place` is where it was looked for. */
export function describeNoSuch(kind: string, name: string, names: readonly string[], place = ""): string {
  return `There is no ${kind} ${showText(name)}${place}; ${listInstead(name, names)}`;
}

/** `there are: default, search; did you mean search?` */
export function listInstead(name: string, names: readonly string[]): string {
  return `there are: ${showList(names) || "none"}${askSimilar(name, names)}`;
}
