import { SahabError } from "../base/errors.ts";

/** Refuses a body in which a field that counts is there twice, or in another spelling. */
export interface KeyGuard {
  /** Called with each key that is not one of the usual. */
  checkSpelling(key: string): void;
  /** Called with each key that was there before. */
  checkRepeated(key: string): void;
}

/**
 * Guards the fields with these names. Of equal keys some programs take the first and most the last, and Go's decoder takes
 * `Model` for `model`: what is authorised and priced here as one model could be served as another. Errors call a field by
 * its name after `prefix`. `guardsMore` returns true for further names to guard.
 */
export function createKeyGuard(
  names: readonly string[],
  { prefix = "", guardsMore }: { prefix?: string; guardsMore?: (name: string) => boolean } = {},
): KeyGuard {
  const known = new Set(names);
  const isGuarded = (name: string) => known.has(name) || (guardsMore?.(name) ?? false);
  return {
    checkSpelling(key) {
      // Folding a key costs as much as reading it, and changes nothing of most.
      if (isFolded.test(key) || isGuarded(key)) return;
      const end = key.indexOf("\0");
      const name = fold(end === -1 ? key : key.slice(0, end));
      if (isGuarded(name))
        throw new SahabError(
          "invalid_request",
          `${prefix}${name}: expected in this spelling, found ${JSON.stringify(key)}, which some programs take for "${name}" and others do not`,
          { param: prefix + name },
        );
    },
    checkRepeated(key) {
      if (isGuarded(key))
        throw new SahabError(
          "invalid_request",
          `${prefix}${key}: expected once, found more than once; programs differ on which of them counts`,
          { param: prefix + key },
        );
    },
  };
}

const isFolded = /^[a-z0-9_]*$/;

/**
 * What decoders that pass over case compare: small letters. Beside those that every language folds, Go takes ſ for s and the
 * Kelvin sign for k (encoding/json, foldRune), Java ı and İ for i (String.equalsIgnoreCase).
 */
export function fold(key: string): string {
  return key.replaceAll(/[\u017f\u0130\u0131]/g, (letter) => (letter === "\u017f" ? "s" : "i")).toLowerCase();
}
