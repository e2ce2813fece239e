/**
 * The id under which a model is known that is asked for by one of its other names: with a date that the catalogue does not list,
 * in another notation, or without the date that it does. Undefined where none is known. A date never leads to another date,
 * since vendors have changed prices between two.
 */
export function findId(ids: ReadonlyMap<string, unknown>, asked: string): string | undefined {
  if (ids.has(asked)) return asked;
  const { base, date } = splitDate(asked);
  const plain = base.replace(/[-@](?:latest|default)$/, "");
  const undated = [plain, `${plain}-latest`, `${plain}@default`].find((id) => ids.has(id));
  if (undated !== undefined && date === "") return undated;
  let found: string | undefined;
  let foundDate = "";
  for (const id of ids.keys()) {
    if (!id.startsWith(plain)) continue;
    const known = splitDate(id);
    if (known.base !== plain || known.date <= foundDate || (date !== "" && known.date !== date)) continue;
    [found, foundDate] = [id, known.date];
  }
  return found ?? undated;
}

/** `-20250929`, `@20250929`, `-2026-03-05`, and Ark's `-250615`. */
const dateAtEnd = /[-@](?:20)?(\d\d)(?:(0[1-9]|1[0-2])([0-3]\d)|-(0[1-9]|1[0-2])-([0-3]\d))$/;

function splitDate(id: string): { base: string; date: string } {
  const match = dateAtEnd.exec(id);
  if (!match) return { base: id, date: "" };
  const [whole, year = "", month = match[4] ?? "", day = match[5] ?? ""] = match;
  return { base: id.slice(0, -whole.length), date: year + month + day };
}
