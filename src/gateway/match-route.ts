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
}

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
  return {
    match(method, path, headers) {
      const found = exact.get(path) ?? patterns.filter(({ pattern }) => pattern.test(path));
      let other: MatchedRoute | undefined;
      for (const matched of found) {
        const isAccepted = matched.route.accepts?.(headers) ?? true;
        if (isAccepted && matched.route.method === method) return matched;
        if (isAccepted) other ??= matched;
      }
      const first = other ?? found[0];
      if (!first) return undefined;
      return { dialect: first.dialect, allowed: [...new Set(found.map(({ route }) => route.method))].join(", ") };
    },
  };
}
