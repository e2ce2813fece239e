import type { Notes } from "./notes.ts";

const charsMax = 128;

/** A name that a cloud.yaml may have; one that LiteLLM alone takes is changed, and told. */
export function toName(given: string, taken: Set<string>, notes: Notes): string {
  const plain = given
    .replace(/[^A-Za-z0-9._:/-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, charsMax);
  let name = plain || "model";
  for (let at = 2; taken.has(name); at++) name = `${(plain || "model").slice(0, charsMax - 5)}-${at}`;
  taken.add(name);
  if (name !== given)
    notes.add(
      {
        fate: "changed",
        setting: "model_name",
        becomes: name,
        advice: "letters, digits and . _ : / - are allowed in names here: tell its clients the new one",
      },
      { kind: "model", name },
    );
  return name;
}
