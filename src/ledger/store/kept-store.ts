/** What outlives a request for later ones of its project: reasoning, answers. */
export interface KeptStore {
  /** Adds all rows or, where it throws, none. Returns for each whether it is there now. */
  keep(rows: readonly NewKept[]): Promise<boolean[]>;
  /** Those that are there and have not expired, in any order. A row that cannot be opened counts as none. */
  findKept(query: KeptQuery): Promise<KeptRow[]>;
  /** The same without what is sealed. */
  findKeptHeads(query: KeptQuery): Promise<KeptHead[]>;
  /** A row, then the one that it continues, and so on, until there is none, or so many rows or bytes are found. */
  findKeptChain(query: KeptKey & { nowMs: number; rowsMax: number; bytesMax: number }): Promise<KeptHead[]>;
  /** Changes a row that is in one of the states `from`; one that ends has no owner any more. Returns whether there is such a row. */
  changeKept(key: KeptKey, from: readonly string[], to: KeptChange): Promise<boolean>;
  /** Ends what a process, or any process of this machine where none is named, has left in one of the states `from`. Returns how many rows. */
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

/** What is known of a row without opening what is sealed. */
export interface KeptHead extends Pick<KeptRow, "id" | "status" | "model" | "previous"> {
  /** About what it takes in the store, and in memory once it is read. */
  bytes: number;
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

/** A row to be kept. */
export interface NewKept extends KeptRow {
  /** A row of the same name that has not expired stays, and this one is not kept. By default this one takes its place. */
  isUnique?: boolean;
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
