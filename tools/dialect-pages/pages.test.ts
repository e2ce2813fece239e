import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dialects } from "../../src/dialect/registry.ts";
import { cases, plain } from "./cases.ts";
import { answering, apis, judge } from "./judge.ts";
import { makePages } from "./pages.ts";
import { bases, places } from "./paths.ts";

const folder = join(import.meta.dir, "..", "..", "docs", "dialects");

test("every dialect has a page", () => {
  expect(dialects.map(({ api }) => api).toSorted()).toEqual([...apis].toSorted());
});

test("docs/dialects says what the code does; npm run docs writes it", () => {
  const pages = makePages();
  expect(readdirSync(folder).toSorted()).toEqual([...pages.keys()].toSorted());
  for (const [name, text] of pages)
    expect({ name, text: readFileSync(join(folder, name), "utf8") }).toEqual({ name, text });
});

describe("what is said to be at a path is there", () => {
  const isServed = (api: string, line: string) => {
    const [method, path = ""] = line.replaceAll(/\{\w+\}/g, "x").split(" ");
    const own = dialects.filter((dialect) => dialect.api === api).flatMap(({ routes }) => routes);
    return own.some(
      (route) =>
        route.method === method && (typeof route.path === "string" ? route.path === path : route.path.test(path)),
    );
  };

  test.each(places.flatMap(({ api, paths, also = [] }) => [...paths, ...also].map((path) => [api, path] as const)))(
    "%s: %s",
    (api, path) => expect(isServed(api, path)).toBe(true),
  );

  test.each(bases)("below %p", (base) => {
    const chat = ["POST /chat/completions", "POST /embeddings", "GET /models"];
    const responses = ["POST /responses", "GET /responses/{id}", "POST /responses/compact"];
    for (const path of chat) expect([path, isServed("chat", path.replace(" ", ` ${base}`))]).toEqual([path, true]);
    for (const path of responses)
      expect([path, isServed("responses", path.replace(" ", ` ${base}`))]).toEqual([path, true]);
  });
});

describe("what a client is told names fields that the client wrote", () => {
  for (const client of apis)
    test.each(answering.filter((by) => by !== client))(`${client} → %s`, (by) => {
      let count = 0;
      for (const { title, by: written } of cases) {
        const request = written[client];
        const fate = request && judge(client, by, request);
        if (!request || !fate || fate.type === "carried" || fate.type === "served") continue;
        const paths = fate.type === "refused" ? [fate.param] : fate.paths;
        for (const path of paths)
          expect({ title, path, isThere: isIn({ ...plain[client], ...request.given }, path) }).toEqual({
            title,
            path,
            isThere: true,
          });
        count += paths.length;
      }
      expect(count).toBeGreaterThan(0);
    });
});

/**
 * Whether the request has something at the path; `[]` is any element of a list. The last name may be the kind of a part, or what
 * Sahab calls the media of one.
 */
function isIn(request: unknown, path: string): boolean {
  const steps = path.split(/\.|(?=\[)/);
  return follow([request], steps);
}

function follow(values: readonly unknown[], steps: readonly string[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return values.length > 0;
  const next = values.flatMap((value) => inside(value, step));
  if (next.length > 0) return follow(next, rest);
  return rest.length === 0 && values.some((value) => isKind(value, step));
}

function inside(value: unknown, step: string): unknown[] {
  if (Array.isArray(value)) {
    const [, index] = /^\[(\d*)\]$/.exec(step) ?? [];
    if (index === undefined) return [];
    return index === "" ? value : value.slice(Number(index), Number(index) + 1);
  }
  if (typeof value !== "object" || value === null || !(step in value)) return [];
  return [(value as Record<string, unknown>)[step]];
}

function isKind(value: unknown, kind: string): boolean {
  return JSON.stringify(value).includes(`"type":"${kind}"`) || JSON.stringify(value).includes(`"mimeType":"${kind}/`);
}
