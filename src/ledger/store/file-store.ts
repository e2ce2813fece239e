/** What clients have uploaded, and what batches have made: all but the content, which is in files of the data folder. */
export interface FileStore {
  /** The key that the content of files is sealed with; made when it is first asked for. */
  fileKey(): Promise<string>;
  /** Adds a file, unless its project then has more than it may: returns the bound that is in the way. */
  insertFile(file: FileRow, bounds: FileBounds): Promise<FileBound | undefined>;
  /** The bound that a file of so many bytes would meet now. */
  checkFile(file: Pick<FileRow, "project" | "bytes">, bounds: FileBounds): Promise<FileBound | undefined>;
  /** Undefined where there is none in the project, or it has expired. */
  findFile(key: { project: string; id: string; nowMs: number }): Promise<FileRow | undefined>;
  listFiles(page: FilePage): Promise<FileRow[]>;
  /** False where there is none; `in use` where a batch that is not done reads it. */
  deleteFile(key: { project: string; id: string }): Promise<boolean | "in use">;
  /** Deletes some of those that have expired and are in nobody's use; returns their ids. */
  sweepFiles(nowMs: number, countMax: number): Promise<string[]>;
  /** Names of the files of this machine and of others, and of its batches that are not done, whose results are beside them. */
  listFileNames(): Promise<{ files: string[]; elsewhere: string[]; batches: string[] }>;
  /** Forgets files whose content is lost. */
  forgetFiles(ids: readonly string[]): Promise<void>;
}

export interface FileRow {
  id: string;
  project: string;
  purpose: string;
  /** Of its content. */
  bytes: number;
  createdMs: number;
  expiresMs: number;
  /** Kept sealed. */
  name: string;
  /** The machine that has its content, where that is another one. */
  elsewhere?: string;
}

/** What a project may have. */
export interface FileBounds {
  filesMax: number;
  bytesMax: number;
}

export type FileBound = "files" | "bytes";

/** A page of what a project has; ids sort by time. */
export interface ListPage {
  project: string;
  limit: number;
  /** The id after which the page begins. */
  after: string | undefined;
  order: "asc" | "desc";
}

export interface FilePage extends ListPage {
  purpose: string | undefined;
  nowMs: number;
}
