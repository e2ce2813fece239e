import { SahabError } from "../base/errors.ts";
import { askSimilar } from "../base/find-similar.ts";
import { showFieldName } from "../base/printable.ts";

/** Throws `invalid_request` for a name in a query that is none of these and no `tag:NAME`: what is misspelt must not look like no filter. */
export function expectKnownFilters(url: string, shape: object): void {
  const known = Object.keys(shape);
  const wrong = [...new URL(url).searchParams.keys()].find((name) => !known.includes(name) && !name.startsWith("tag:"));
  if (wrong === undefined) return;
  throw new SahabError(
    "invalid_request",
    `${showFieldName(wrong.slice(0, 80))}: there is no such filter; allowed are ${known.join(", ")} and tag:NAME${askSimilar(wrong, known)}`,
    { param: wrong.slice(0, 80) },
  );
}
