import { z } from "zod";

/** What a backup says of itself; the archive's first entry. */
export const manifestSchema = z.object({
  format: z.literal(1),
  /** Of the program that wrote it. */
  version: z.string(),
  createdAt: z.string(),
  usageRecords: z.number().int().nonnegative(),
  keys: z.number().int().nonnegative(),
  resources: z.number().int().nonnegative(),
  journalFiles: z.number().int().nonnegative(),
  /** Files of models, and whether they are in the backup. */
  models: z.array(z.object({ file: z.string(), bytes: z.number().int().nonnegative() })),
  hasModels: z.boolean(),
  /** The database of PostgreSQL, without its password, that keeps what is not in here: usage records, accounts, and what is kept between requests. */
  sharedDatabase: z.string().optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

export const manifestName = "manifest.json";

/** Names in the archive, which are those in the data folder. Whatever else an archive holds is refused. */
export const archivedName =
  /^(?:manifest\.json|sahab\.db|catalog\.json|admin\.key|master\.key|journal\/[\w.-]+(?:\/[\w.-]+)?|models\/[^/\0]+)$/;
