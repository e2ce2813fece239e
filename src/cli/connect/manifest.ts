import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { replaceDurably } from "../../base/write-durably.ts";
import { CommandError } from "../command-error.ts";
import { formatNames } from "../../connect/format/index.ts";

const step = z.union([z.string(), z.strictObject({ where: z.string(), is: z.string() })]);
const fileSchema = z.object({
  path: z.string(),
  format: z.enum(formatNames),
  /** The copy of the former file; null where there was none. */
  copy: z.string().nullable(),
  mode: z.int().nullable(),
  /** Of the text that was written. */
  hash: z.string(),
  values: z.array(z.object({ path: z.array(step), hash: z.string() })),
  /** Folders that were made for it. */
  folders: z.array(z.string()),
});
const manifestSchema = z.object({
  client: z.string(),
  address: z.string(),
  model: z.string(),
  /** The key that was made for it; null where it was given. */
  key_id: z.string().nullable(),
  at: z.string(),
  files: z.array(fileSchema),
});

/** What `connect --write` has done for a program, and what undoing it needs. It holds no key. */
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = z.infer<typeof fileSchema>;

/** The manifests and copies of a data folder: `connect/codex.json`, `connect/copies/`. Only their owner can read them. */
export class Manifests {
  readonly #folder: string;
  readonly #copies: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, "connect");
    this.#copies = join(this.#folder, "copies");
  }

  read(client: string): Manifest | undefined {
    const path = this.#pathOf(client);
    if (!existsSync(path)) return undefined;
    try {
      return manifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    } catch (cause) {
      throw new CommandError(
        `Cannot use ${path}: it is damaged. Copies of the former settings are in ${this.#copies}; remove it to begin anew`,
        { cause },
      );
    }
  }

  write(manifest: Manifest): void {
    this.#open();
    replaceDurably(this.#pathOf(manifest.client), `${JSON.stringify(manifest, null, 2)}\n`);
  }

  /** Removes the manifest, and copies that no other one names. */
  remove(client: string): void {
    rmSync(this.#pathOf(client), { force: true });
    this.dropCopies();
  }

  /** The same, remembering when. */
  removeUndone(client: string, at: string): void {
    this.remove(client);
    replaceDurably(this.#undoneOf(client), `${at}\n`);
  }

  /** When it was undone; undefined where that was not the last that was done. */
  undoneAt(client: string): string | undefined {
    const path = this.#undoneOf(client);
    if (!existsSync(path) || existsSync(this.#pathOf(client))) return undefined;
    return readFileSync(path, "utf8").trim().slice(0, 24);
  }

  /** Keeps a former text. It is named by its content, so that no copy ever takes another's place. */
  keep(path: string, text: string): string {
    this.#open();
    const name = `${createHash("sha256").update(path).update(text).digest("hex").slice(0, 16)}-${basename(path)}`;
    const copy = join(this.#copies, name);
    if (!existsSync(copy)) replaceDurably(copy, text);
    return copy;
  }

  readCopy(copy: string): string {
    try {
      return readFileSync(copy, "utf8");
    } catch (cause) {
      throw new CommandError(`Cannot read ${copy}, the copy of the former settings`, { cause });
    }
  }

  dropCopies(): void {
    if (!existsSync(this.#copies)) return;
    const clients = readdirSync(this.#folder).flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -5)] : []));
    const named = new Set(clients.flatMap((client) => this.read(client)?.files.map(({ copy }) => copy) ?? []));
    for (const name of readdirSync(this.#copies))
      if (!named.has(join(this.#copies, name))) rmSync(join(this.#copies, name), { force: true });
  }

  #pathOf(client: string): string {
    return join(this.#folder, `${client}.json`);
  }

  #undoneOf(client: string): string {
    return join(this.#folder, `${client}.undone`);
  }

  #open(): void {
    try {
      mkdirSync(this.#copies, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new CommandError(
        `Cannot use ${this.#copies}: ${(cause as { code?: string }).code ?? String(cause)}; name another folder with SAHAB_DATA`,
        { cause },
      );
    }
  }
}
