import type { JsonObject } from "./read.ts";

/** How a dialect's clients keep files here, and have batches of requests run. */
export interface FilesForm {
  /** What an upload's fields say. Throws SahabErrors that name the field. */
  readUpload(fields: ReadonlyMap<string, string>): Upload;
  /** The field of an upload that has the file. */
  readonly fileField: string;
  readFilesQuery(query: URLSearchParams): ListQuery & { purpose: string | undefined };
  encodeFile(file: ShownFile): JsonObject;
  encodeList(items: readonly JsonObject[], hasMore: boolean): JsonObject;
  encodeDeleted(id: string): JsonObject;
  /** A new id of a file; ids sort by time. */
  createFileId(): string;
  /** Purpose and name of the files that a batch writes: its results and its errors. */
  readonly results: { readonly purpose: string; name(batch: string, part: ResultPart): string };

  readBatch(body: Uint8Array): BatchTerms;
  readBatchesQuery(query: URLSearchParams): ListQuery;
  encodeBatch(batch: ShownBatch): JsonObject;
  /** Files of this purpose can be run. */
  readonly batchPurpose: string;
  /** Reads a line of a batch. Throws a LineFault. */
  readLine(line: Uint8Array, endpoint: string): BatchLine;
  /** A line of the results, with its end. */
  encodeResult(result: LineResult): string;
}

/** Where a result goes. */
export type ResultPart = "output" | "error";

export interface Upload {
  purpose: string;
  expiresAfterS: number | undefined;
}

export interface ListQuery {
  limit: number;
  after: string | undefined;
  order: "asc" | "desc";
}

export interface ShownFile {
  id: string;
  name: string;
  purpose: string;
  bytes: number;
  createdMs: number;
  expiresMs: number;
}

/** What a batch is to do. */
export interface BatchTerms {
  /** The path that all of its requests are for. */
  endpoint: string;
  inputFile: string;
  /** As it was asked for, and in milliseconds. */
  window: string;
  windowMs: number;
  metadata: Record<string, string> | null;
  resultsExpireAfterS: number | undefined;
}

/** A time such as `24h` or `7d`; undefined for any other text. */
export function readWindowMs(text: string): number | undefined {
  const [, count = "", unit] = /^(\d{1,3})([hd])$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * (unit === "d" ? 24 : 1) * 3_600_000;
}

/** How far a batch is. */
export interface BatchProgress {
  total: number;
  completed: number;
  failed: number;
  /** What went wrong with the batch as a whole. */
  errors: readonly BatchError[];
  tokens: BatchTokens;
  outputFile?: string | undefined;
  errorFile?: string | undefined;
  /** The one that its first request names. */
  model?: string | undefined;
}

export interface BatchTokens {
  input: number;
  cachedInput: number;
  output: number;
  reasoning: number;
}

export interface BatchError {
  code: string;
  message: string;
  param: string | null;
  line: number | null;
}

export interface ShownBatch extends BatchTerms, BatchProgress {
  id: string;
  status: string;
  createdMs: number;
  expiresMs: number;
  /** When it came to each status. */
  times: Readonly<Partial<Record<string, number>>>;
}

export interface BatchLine {
  customId: string;
  model: string;
  /** The request, a part of the line. */
  body: Uint8Array;
}

/** What is wrong with a line. */
export class LineFault extends Error {
  readonly code: string;
  readonly param: string | null;

  constructor(code: string, message: string, param: string | null = null) {
    super(message);
    this.code = code;
    this.param = param;
  }
}

export interface LineResult {
  id: string;
  customId: string;
  /** What the request was answered with; undefined where it was not run. */
  response?: { status: number; requestId: string; body: string } | undefined;
  error?: { code: string; message: string } | undefined;
}
