import {
  download,
  serveBatches,
  serveUsual,
  type Ending,
  type FakeBatches,
  type GivenLine,
  type ServeLine,
} from "./fake-batches.ts";

interface StoredFile {
  id: string;
  name: string;
  lines: string[];
  ending: Ending;
  downloads: number;
}

interface StoredBatch {
  fields: Record<string, unknown> & { id: string; status: string };
  lines: GivenLine[];
}

/** OpenAI's files and batches as a real HTTP server, which checks what it is given as OpenAI documents it. */
export function startFakeOpenaiBatches({
  serve = serveUsual,
  keys = ["sk-test"],
  base = "/v1",
  linesMax = 50_000,
  windows = ["24h"],
}: {
  serve?: ServeLine;
  keys?: readonly string[];
  base?: string;
  linesMax?: number;
  windows?: readonly string[];
} = {}): FakeBatches & {
  url: string;
  /** Ids of the files that are there. */
  files(): string[];
  /** A batch as it is shown. */
  shown(id: string): Record<string, unknown> | undefined;
  uploads: { name: string; bytes: number }[];
} {
  const files = new Map<string, StoredFile>();
  const batches = new Map<string, StoredBatch>();
  const faults: string[] = [];
  const uploads: { name: string; bytes: number }[] = [];
  let count = 0;
  const nowS = () => Math.floor(Date.now() / 1000);

  const keepFile = (name: string, lines: string[], ending: Ending = {}) => {
    const id = `file-${++count}`;
    files.set(id, { id, name, lines, ending, downloads: 0 });
    return id;
  };

  async function upload(request: Request): Promise<Response> {
    if (request.headers.get("content-length") === null) faults.push("an upload without a length");
    const form = await request.formData();
    const file = form.get("file");
    const purpose = form.get("purpose");
    if (purpose !== "batch" || !(file instanceof Blob)) return refuse("'purpose' and 'file' are required");
    const { name } = file as File;
    if (!name.endsWith(".jsonl")) return refuse("Invalid file format. Must be .jsonl");
    const text = await file.text();
    uploads.push({ name, bytes: file.size });
    const id = keepFile(
      name,
      text.split("\n").filter((line) => line !== ""),
    );
    return Response.json({
      id,
      object: "file",
      bytes: file.size,
      created_at: nowS(),
      filename: name,
      purpose,
      status: "processed",
    });
  }

  function create(body: Record<string, unknown>): Response {
    const { input_file_id: inputId, endpoint, completion_window: window, metadata = null } = body;
    const file = files.get(String(inputId));
    if (!file) return refuse(`No such File object: ${String(inputId)}`, 404);
    if (!windows.includes(String(window))) return refuse(`Invalid value for 'completion_window': ${String(window)}`);
    const { lines, errors } = readLines(file.lines, String(endpoint), linesMax);
    const id = `batch_${++count}`;
    const fields = {
      id,
      object: "batch",
      endpoint,
      errors: errors.length > 0 ? { object: "list", data: errors } : null,
      input_file_id: inputId,
      completion_window: window,
      status: errors.length > 0 ? "failed" : "validating",
      output_file_id: null,
      error_file_id: null,
      created_at: nowS(),
      expires_at: nowS() + 86_400,
      failed_at: errors.length > 0 ? nowS() : null,
      request_counts: { total: errors.length > 0 ? 0 : lines.length, completed: 0, failed: 0 },
      metadata,
    };
    batches.set(id, { fields, lines });
    return Response.json(fields);
  }

  function end(id: string, ending: Ending = {}): void {
    const batch = batches.get(id);
    if (!batch) throw new Error(`no batch ${id}`);
    const { status = "completed", served = batch.lines.length, change = (lines) => lines } = ending;
    const output: string[] = [];
    const errors: string[] = [];
    for (const [index, line] of batch.lines.entries()) {
      const head = { id: `batch_req_${index}`, custom_id: line.customId };
      if (index >= served) {
        const code = status === "cancelled" ? "batch_cancelled" : "batch_expired";
        errors.push(JSON.stringify({ ...head, response: null, error: { code, message: "it was not executed" } }));
        continue;
      }
      const { status: code, body } = serve(line);
      const response = { status_code: code, request_id: `req_${index}`, body };
      (code === 200 ? output : errors).push(JSON.stringify({ ...head, response, error: null }));
    }
    const changed = change(output);
    Object.assign(batch.fields, {
      status,
      [`${status}_at`]: nowS(),
      output_file_id: changed.length > 0 ? keepFile("output.jsonl", changed, ending) : null,
      error_file_id: errors.length > 0 ? keepFile("error.jsonl", errors) : null,
      request_counts: { total: batch.lines.length, completed: output.length, failed: errors.length },
    });
  }

  function list(url: URL): Response {
    const all = [...batches.values()].map(({ fields }) => fields).toReversed();
    const after = url.searchParams.get("after");
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const limit = Number(url.searchParams.get("limit") ?? 20);
    const data = all.slice(from, from + limit);
    const has_more = from + limit < all.length;
    return Response.json({ object: "list", data, first_id: data[0]?.id, last_id: data.at(-1)?.id, has_more });
  }

  async function handle(request: Request, path: string): Promise<Response> {
    const [, kind, id, action] = /^\/(files|batches)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path.slice(base.length)) ?? [];
    const call = `${request.method} ${kind}${id === undefined ? "" : "/id"}${action === undefined ? "" : `/${action}`}`;
    const file = files.get(id ?? "");
    const batch = batches.get(id ?? "");
    if (call === "POST files") return upload(request);
    if (call === "POST batches") return create((await request.json()) as Record<string, unknown>);
    if (call === "GET batches") return list(new URL(request.url));
    if (call === "GET files/id/content" && file) return download(file.lines, file.ending, ++file.downloads);
    if (call === "DELETE files/id" && file) {
      files.delete(file.id);
      return Response.json({ id: file.id, object: "file", deleted: true });
    }
    if (call === "GET batches/id" && batch) {
      if (batch.fields.status === "validating") batch.fields.status = "in_progress";
      return Response.json(batch.fields);
    }
    if (call === "POST batches/id/cancel" && batch) {
      Object.assign(batch.fields, { status: "cancelling", cancelling_at: nowS() });
      return Response.json(batch.fields);
    }
    return refuse(`No such object: ${path}`, 404);
  }

  const server = serveBatches(handle, (headers) => {
    const key = headers.get("authorization")?.replace(/^Bearer /, "") ?? headers.get("api-key") ?? "";
    return keys.includes(key) ? undefined : refuse(`Incorrect API key provided: ${key}`, 401, "invalid_api_key");
  });
  return {
    ...server,
    url: server.origin + base,
    faults,
    uploads,
    shown: (id) => batches.get(id)?.fields,
    files: () => [...files.keys()],
    ids: () => [...batches.keys()],
    lines: (id) => batches.get(id)?.lines ?? [],
    end,
  };
}

/** The lines of an input file, or what is wrong with each. */
function readLines(texts: readonly string[], endpoint: string, linesMax: number) {
  const lines: GivenLine[] = [];
  const errors: { code: string; message: string; param: string | null; line: number }[] = [];
  const seen = new Set<unknown>();
  for (const [index, text] of texts.entries()) {
    const line = parse(text);
    const fault = (code: string, message: string, param: string | null = null) =>
      errors.push({ code, message, param, line: index + 1 });
    if (!line) fault("invalid_json_line", "This line is not parseable as valid JSON.");
    else if (typeof line["custom_id"] !== "string")
      fault("missing_required_parameter", "Missing custom_id", "custom_id");
    else if (seen.has(line["custom_id"]))
      fault("duplicate_custom_id", "The custom_id for this request is a duplicate.");
    else if (line["method"] !== "POST") fault("invalid_method", "The method must be POST.", "method");
    else if (line["url"] !== endpoint) fault("mismatched_url", "The URL must be that of the batch.", "url");
    else {
      const body = line["body"] as Record<string, unknown>;
      if (body["stream"] === true) fault("invalid_request", "Streaming is not supported in a batch.", "body.stream");
      else if (body["model"] === "no-such-model")
        fault("model_not_found", "The provided model is not supported by the Batch API.", "body.model");
      lines.push({ customId: line["custom_id"], body });
    }
    seen.add(line?.["custom_id"]);
  }
  if (texts.length > linesMax)
    errors.push({ code: "too_many_tasks", message: `The file has more than ${linesMax} lines.`, param: null, line: 0 });
  if (texts.length === 0)
    errors.push({ code: "empty_file", message: "The input file is empty.", param: null, line: 0 });
  return { lines, errors };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function refuse(message: string, status = 400, code: string | null = null): Response {
  return Response.json({ error: { message, type: "invalid_request_error", param: null, code } }, { status });
}
