import { join } from "node:path";

export interface DataFolder {
  path: string;
  database: string;
  journalDir: string;
  modelsDir: string;
  /** What clients upload, and the results of batches. */
  filesDir: string;
  /** Prompts and answers of projects that keep them. */
  contentDir: string;
  /** Old usage records, by the day. */
  exportsDir: string;
  socketDir: string;
  engineModuleDir: string;
  /** What was measured of local models on this machine. */
  tuningsFile: string;
  adminKeyFile: string;
  /** The name of this machine among those that share a database. */
  machineFile: string;
  /** An update of the catalogue of models. */
  catalogFile: string;
}

/** The paths in a data folder; creates and reads nothing. */
export function dataFolder(path: string): DataFolder {
  return {
    path,
    database: join(path, "sahab.db"),
    journalDir: join(path, "journal"),
    modelsDir: join(path, "models"),
    filesDir: join(path, "files"),
    contentDir: join(path, "content"),
    exportsDir: join(path, "exports"),
    socketDir: join(path, "run"),
    engineModuleDir: join(path, "engine", "node_modules", "node-llama-cpp"),
    tuningsFile: join(path, "tunings.json"),
    adminKeyFile: join(path, "admin.key"),
    machineFile: join(path, "machine"),
    catalogFile: join(path, "catalog.json"),
  };
}
