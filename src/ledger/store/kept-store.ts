/** What outlives a request for later ones of its project: reasoning, answers. */
export interface KeptStore {
  /** Adds rows; one of the same kind, project and id takes the place of the one before. */
  keep(rows: readonly KeptRow[]): Promise<void>;
  /** Those that are there and have not expired, in any order. A row that cannot be opened counts as none. */
  findKept(query: KeptQuery): Promise<KeptRow[]>;
  /** The states of those that are there and have not expired, without what is sealed. */
  findKeptStatuses(query: KeptQuery): Promise<{ id: string; status: string }[]>;
  /** A row, then the one that it continues, and so on, until there is none, or so many rows or bytes are found. */
  findKeptChain(query: KeptKey & { nowMs: number; rowsMax: number; bytesMax: number }): Promise<KeptRow[]>;
  /** Changes a row that is in one of the states `from`; one that ends has no owner any more. Returns whether there is such a row. */
  changeKept(key: KeptKey, from: readonly string[], to: KeptChange): Promise<boolean>;
  /** Ends what a process, or any process where none is named, has left in one of the states `from`. Returns how many rows. */
  endKept(end: { owner: string | undefined; from: readonly string[]; to: string }): Promise<number>;
  /** Returns whether there was such a row. */
  deleteKept(key: KeptKey): Promise<boolean>;
  /** Deletes what has expired, and then the oldest rows beyond each bound. Returns how many rows. */
  sweepKept(nowMs: number, bounds: readonly KeptBound[]): Promise<number>;
}

/** Names rows of a project. */
interface KeptQuery {
  kind: string;
  project: string;
  ids: readonly string[];
  nowMs: number;
}

/** Names a row. */
export interface KeptKey {
  /** What it is; ids of one kind are not found among those of another. */
  kind: string;
  project: string;
  id: string;
}

export interface KeptRow extends KeptKey {
  createdMs: number;
  expiresMs: number;
  /** How far it is; empty where there is nothing to say. */
  status: string;
  /** The process that works on it; empty for none. */
  owner: string;
  /** Empty where none is meant. */
  model: string;
  /** Id of the row that it continues; empty for none. */
  previous: string;
  /** Kept sealed, as is `answer`. */
  request: string | null;
  answer: string | null;
}

export interface KeptChange {
  status: string;
  owner: string;
  /** Undefined leaves it as it is. */
  answer?: string | null;
}

/** What rows of a kind may take: those of one project, or of all together where none is named. */
export interface KeptBound {
  kind: string;
  project?: string;
  rowsMax: number;
  bytesMax: number;
}
