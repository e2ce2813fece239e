import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { catalogFileBytesMax, parseCatalogFile } from "./catalog-file.ts";
import type { CatalogModel, StoredCatalog } from "./catalog-model.ts";
import { correctModels } from "./correct-models.ts";
import { findId } from "./find-id.ts";

const shippedFile = fileURLToPath(new URL("./models.json", import.meta.url));

/** What is known of vendors' models. Nothing is read until somebody asks. */
export class Catalog {
  /** A later catalogue takes the place of the one that comes with Sahab from here, as long as the file is whole. */
  readonly #updateFile: string | undefined;
  readonly #warn: ((fault: string) => void) | undefined;
  #stored: StoredCatalog | undefined;
  #isUpdate = false;
  #fault: string | undefined;
  #stamp: string | undefined;
  readonly #parts = new Map<string, Map<string, CatalogModel>>();

  /** `warn` is told of an update that cannot be used. */
  constructor(updateFile?: string, warn?: (fault: string) => void) {
    this.#updateFile = updateFile;
    this.#warn = warn;
  }

  /** The model that a vendor calls so. Another id in it than the one asked for says what that was resolved to. */
  findModel(part: string, id: string): CatalogModel | undefined {
    const models = this.#modelsOf(part);
    const known = findId(models, id);
    return known === undefined ? undefined : models.get(known);
  }

  modelsOf(part: string): CatalogModel[] {
    return [...this.#modelsOf(part).values()];
  }

  /** Parts with the vendors' names for people. */
  get parts(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.stored.parts).map(([part, { name }]) => [part, name]));
  }

  /** Without corrections. */
  get stored(): StoredCatalog {
    return (this.#stored ??= this.#read());
  }

  /** Whether an update is used; the fault of one that is there and is not. */
  get update(): { isUsed: boolean; fault: string | undefined } {
    this.#stored ??= this.#read();
    return { isUsed: this.#isUpdate, fault: this.#fault };
  }

  /** Whether the file of the update is another one than what was read of it. */
  get isStale(): boolean {
    return this.#stored !== undefined && this.#stampNow() !== this.#stamp;
  }

  /** Forgets what was read if the file of the update is another one now. Says whether it was. */
  reload(): boolean {
    if (!this.isStale) return false;
    this.#stored = undefined;
    this.#parts.clear();
    return true;
  }

  #modelsOf(part: string): Map<string, CatalogModel> {
    let models = this.#parts.get(part);
    if (!models) {
      models = correctModels(this.stored, part);
      // Names of parts are the program's own, so that there are few.
      if (models.size > 0) this.#parts.set(part, models);
    }
    return models;
  }

  #read(): StoredCatalog {
    this.#stamp = this.#stampNow();
    const shipped = JSON.parse(readFileSync(shippedFile, "utf8")) as StoredCatalog;
    const update = this.#readUpdate(dateOf(shipped));
    this.#fault = typeof update === "string" ? update : undefined;
    if (this.#fault !== undefined) this.#warn?.(this.#fault);
    this.#isUpdate = typeof update === "object";
    return typeof update === "object" ? update : shipped;
  }

  /** The update, why there is none that can be used, or undefined where there is none. */
  #readUpdate(shippedDate: string): StoredCatalog | string | undefined {
    if (this.#updateFile === undefined || this.#stamp === "") return undefined;
    try {
      const { size } = statSync(this.#updateFile);
      if (size > catalogFileBytesMax) return `${this.#updateFile} has ${size} bytes, more than ${catalogFileBytesMax}`;
      const parsed = parseCatalogFile(readFileSync(this.#updateFile, "utf8"));
      const instead = "the catalogue that comes with Sahab is used; sahab catalog reset removes the file";
      if (!parsed) return `${this.#updateFile} is damaged; ${instead}`;
      return dateOf(parsed) < shippedDate
        ? `${this.#updateFile} is older than what comes with Sahab; ${instead}`
        : parsed;
    } catch (error) {
      return `${this.#updateFile} cannot be read (${(error as { code?: string }).code ?? String(error)})`;
    }
  }

  /** Tells one version of the file from another; empty where there is none. */
  #stampNow(): string {
    if (this.#updateFile === undefined) return "";
    const found = statSync(this.#updateFile, { throwIfNoEntry: false });
    return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : "";
  }
}

function dateOf({ source, sources }: StoredCatalog): string {
  return sources[source]?.date ?? "";
}

/** The one that comes with Sahab, without updates. */
const shipped = new Catalog();
export const findModel = (part: string, id: string): CatalogModel | undefined => shipped.findModel(part, id);
export const modelsOf = (part: string): CatalogModel[] => shipped.modelsOf(part);
