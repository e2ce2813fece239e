import type { StoredCatalog } from "./catalog-model.ts";

/** A catalogue as the text of its file: a model on each line, so that a change of one is a change of a line. */
export function formatCatalog({ parts, ...head }: StoredCatalog): string {
  const json = (value: unknown) => JSON.stringify(value);
  const listed = Object.entries(parts).map(([part, { models, ...about }]) => {
    const lines = Object.entries(models).map(([id, model]) => `${json(id)}:${json(model)}`);
    return `${json(part)}:${json(about).slice(0, -1)},"models":{\n${lines.join(",\n")}\n}}`;
  });
  return `${json(head).slice(0, -1)},"parts":{\n${listed.join(",\n")}\n}}\n`;
}
