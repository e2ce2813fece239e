import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dialects } from "../../src/dialect/registry.ts";
import { cases, plain } from "./cases.ts";
import { answering, apis, judge } from "./judge.ts";
import { makePages } from "./pages.ts";

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
