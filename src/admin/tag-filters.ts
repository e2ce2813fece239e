import { z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import { describeWanted } from "../base/issue-words.ts";
import { allowedTagName, isTagName, tagBounds } from "../base/tag-bounds.ts";
import { printable } from "./schemas.ts";

/** The filters `tag:NAME=VALUE` of a query: names that the document cannot list. Throws `invalid_request`. */
export function readTagFilters(url: string): { name: string; value: string }[] {
  const pairs = [...new URL(url).searchParams].filter(([name]) => name.startsWith("tag:"));
  const read = tagFiltersSchema.safeParse(pairs);
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => {
    const [place] = issue.path;
    const name = typeof place === "number" ? (pairs[place]?.[0] ?? "") : "";
    return `${name.slice(0, 80) || "tag filters"}: ${describeWanted(issue)}`;
  });
  throw new SahabError("invalid_request", problems.join("; "));
}

const tagFiltersSchema = z
  .array(
    z.tuple([
      z.string().refine((text) => isTagName(text.slice(4)), `expected tag:NAME with a name of ${allowedTagName}`),
      printable(tagBounds.valueCharsMax),
    ]),
  )
  .max(tagBounds.tagsMax)
  .transform((pairs) => pairs.map(([name, value]) => ({ name: name.slice(4), value })));
