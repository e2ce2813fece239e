import { remembered } from "../base/remembered.ts";
import type { Dialect, RequestHeaders, Route } from "../dialect/dialect.ts";

/** A route of a dialect. */
export interface MatchedRoute {
  dialect: Dialect;
  route: Route;
}

/** Finds what a request is for. */
export interface RouteTable {
  /** Undefined for a path of no dialect; `allowed` where the path has other methods only. */
  match(
    method: string,
    path: string,
    headers: RequestHeaders,
  ): MatchedRoute | { dialect: Dialect; allowed: string } | undefined;
  /** The path of ours that a client means whose base URL is not quite right; undefined where that is not clear. */
  mend(path: string): string | undefined;
}

/** A path up to its version. */
const versioned = /^(.*?)(\/v\d\w*)(?=\/)/;

/** Most paths are looked up by their text; patterns are tried for the others. */
export function createRouteTable(dialects: readonly Dialect[]): RouteTable {
  const exact = new Map<string, MatchedRoute[]>();
  const patterns: (MatchedRoute & { pattern: RegExp })[] = [];
  for (const dialect of dialects) {
    for (const route of dialect.routes) {
      if (typeof route.path !== "string") patterns.push({ dialect, route, pattern: route.path });
      else if (!exact.get(route.path)?.push({ dialect, route })) exact.set(route.path, [{ dialect, route }]);
    }
  }
  const findByPattern = remembered((path) => patterns.filter(({ pattern }) => pattern.test(path)));
  const isKnown = (path: string) => exact.has(path) || patterns.some(({ pattern }) => pattern.test(path));
  const { bases, versions } = findBases([...exact.keys()]);
  return {
    mend(path) {
      // Slashes too many, and a version that both the base and the client wrote.
      const tidy = path.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
      const single = tidy.replace(/(\/v\d\w*)\1+(?=\/)/, "$1");
      if (isKnown(single)) return single;
      for (const base of bases) {
        if (!single.startsWith(`${base}/`)) continue;
        const rest = single.slice(base.length);
        for (const version of versions) if (isKnown(version + rest)) return version + rest;
      }
      return undefined;
    },
    match(method, path, headers) {
      const found = exact.get(path) ?? findByPattern(path);
      let other: MatchedRoute | undefined;
      for (const matched of found) {
        const isAccepted = matched.route.accepts?.(headers) ?? true;
        if (isAccepted && matched.route.method === method) return matched;
        if (isAccepted) other ??= matched;
      }
      const first = other ?? found[0];
      if (!first) return undefined;
      const methods = new Set(found.map(({ route }) => (route.method === "GET" ? "GET, HEAD" : route.method)));
      return { dialect: first.dialect, allowed: [...methods].join(", ") };
    },
  };
}

/**
 * What people put into a base URL before the path that the client adds: nothing, a prefix, a version, or the whole path of an
 * operation. The version may then be missing, or be there twice.
 */
function findBases(paths: readonly string[]): { bases: string[]; versions: string[] } {
  const prefixes = paths.flatMap((path) => {
    const [whole = "", prefix = ""] = versioned.exec(path) ?? [];
    return [path, whole, prefix];
  });
  const versions = paths.flatMap((path) => versioned.exec(path)?.[2] ?? []);
  return {
    bases: [...new Set([...prefixes, ""])].sort((a, b) => b.length - a.length),
    versions: [...new Set(["", ...versions])],
  };
}
