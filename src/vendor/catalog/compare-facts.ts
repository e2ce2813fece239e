import type { StoredModel } from "./catalog-model.ts";

const shownFacts = ["context", "input", "output", "takes", "gives", "features", "lacks", "thinking", "status"] as const;

/** What a source says otherwise of a model beside its price, a phrase each: `context 100000 → 200000`. */
export function changedFacts(old: StoredModel, next: StoredModel): string[] {
  return shownFacts
    .filter((fact) => next[fact] !== undefined && !Bun.deepEquals(old[fact], next[fact]))
    .map((fact) => {
      const before = old[fact] === undefined ? "" : `${show(old[fact])} → `;
      return `${fact === "input" || fact === "output" ? `${fact} limit` : fact} ${before}${show(next[fact])}`;
    });
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.join("+") || "none";
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([name, field]) => (field === true ? name : `${name} ${show(field)}`));
  return `(${fields.join(", ")})`;
}
