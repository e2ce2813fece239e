import { rmSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { ownValue } from "../base/own-value.ts";
import { showList } from "../base/show-list.ts";
import { replaceDurably } from "../base/write-durably.ts";
import {
  catalogFileBytesMax,
  describeCost,
  formatCatalogFile,
  mergeUpdate,
  readModelsDev,
  type Catalog,
  type CatalogChange,
  type StoredPart,
} from "../vendor/index.ts";

export interface CatalogDeps {
  catalog: {
    catalog: Catalog;
    /** Where its update is kept. */
    file: string;
  };
  changed(): Promise<void>;
}

/** The vendors of the catalogue alone have 0.8 MB; parsing this takes 80 ms. */
const updateCharsMax = 8 * 1024 * 1024;

interface Wanted {
  /** A document in models.dev's form. */
  text: string;
  /** Where it is from, as people read it. */
  source: string;
  date: string;
  accept: readonly string[];
  dryRun: boolean;
}

/** Puts a document's models and prices into the catalogue, and tells all processes. What is wrong with it never loses what is known. */
export async function updateCatalog(deps: CatalogDeps, wanted: Wanted): Promise<CatalogChange[]> {
  const { catalog, file } = deps.catalog;
  if (wanted.text.length > updateCharsMax)
    throw new SahabError(
      "body_too_large",
      `The document has ${wanted.text.length} characters; at most ${updateCharsMax} are allowed`,
    );
  const { stored } = catalog;
  const document = parse(wanted.text);
  const parts = readModelsDev(document, Object.keys(stored.parts));
  if (!parts)
    throw new SahabError(
      "invalid_request",
      `The document has no vendor with models that the catalogue knows (such as ${Object.keys(stored.parts).slice(0, 3).join(", ")}); one in the form of models.dev's api.json is expected`,
    );
  const { source: name, date, accept } = wanted;
  const merge = (accepted: readonly string[]) =>
    mergeUpdate(stored, {
      parts,
      source: { name, date },
      accept: new Set(accepted),
      describeCost: (part, id) => describeCost(document, part, id),
    });
  const strange = accept.filter((model) => !isListed(parts, model));
  if (strange.length > 0) {
    const held = merge([]).changes.filter(({ action }) => action === "held");
    throw new SahabError(
      "invalid_request",
      `accept: the document has no ${showList(strange)}; held back are: ${showList(held.map(({ part, model }) => `${part}/${model}`)) || "none"}`,
    );
  }
  const { catalog: next, changes } = merge(accept);
  const text = formatCatalogFile(next);
  // Since nothing is ever lost, documents with ever new models would make it grow for ever.
  if (Buffer.byteLength(text) > catalogFileBytesMax)
    throw new SahabError(
      "invalid_request",
      `With the document the catalogue would have ${Buffer.byteLength(text)} bytes; at most ${catalogFileBytesMax} are allowed. sahab catalog reset takes earlier updates back`,
    );
  if (wanted.dryRun) return changes;
  replaceDurably(file, text);
  await deps.changed();
  return changes;
}

/** Whether a document has a model, as `vendor/id`. */
function isListed(parts: Readonly<Record<string, StoredPart>>, model: string): boolean {
  const slash = model.indexOf("/");
  const [part, id] = [model.slice(0, Math.max(slash, 0)), model.slice(slash + 1)];
  return Object.hasOwn(ownValue(parts, part)?.models ?? {}, id);
}

/** Takes updates back: the catalogue is the one that comes with Sahab. Says whether there was one. */
export async function resetCatalog({ catalog: { catalog, file }, changed }: CatalogDeps): Promise<boolean> {
  const { isUsed, fault } = catalog.update;
  rmSync(file, { force: true });
  await changed();
  return isUsed || fault !== undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SahabError(
      "invalid_request",
      "The document is not JSON; one in the form of models.dev's api.json is expected",
      {
        cause,
      },
    );
  }
}
