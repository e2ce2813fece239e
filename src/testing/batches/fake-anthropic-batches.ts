import {
  download,
  serveBatches,
  serveMessage,
  type Ending,
  type FakeBatches,
  type GivenLine,
  type ServeLine,
} from "./fake-batches.ts";

interface StoredBatch {
  id: string;
  lines: GivenLine[];
  createdMs: number;
  isCanceling: boolean;
  /** Undefined until it has ended. */
  results: { lines: string[]; counts: Record<string, number>; ending: Ending; downloads: number } | undefined;
}

/** Anthropic's Message Batches as a real HTTP server, which checks what it is given as Anthropic documents it. */
export function startFakeAnthropicBatches({
  serve = serveMessage,
  keys = ["sk-ant-test"],
}: { serve?: ServeLine; keys?: readonly string[] } = {}): FakeBatches & { url: string } {
  const batches = new Map<string, StoredBatch>();
  const faults: string[] = [];
  let count = 0;

  const show = ({ id, lines, createdMs, isCanceling, results }: StoredBatch) => {
    const time = (ms: number) => new Date(ms).toISOString();
    const none = { succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    return {
      id,
      type: "message_batch",
      processing_status: results ? "ended" : isCanceling ? "canceling" : "in_progress",
      request_counts: results ? { processing: 0, ...none, ...results.counts } : { processing: lines.length, ...none },
      ended_at: results ? time(createdMs + 1_000) : null,
      created_at: time(createdMs),
      expires_at: time(createdMs + 86_400_000),
      archived_at: null,
      cancel_initiated_at: isCanceling ? time(createdMs) : null,
      results_url: results ? `${server.origin}/v1/messages/batches/${id}/results` : null,
    };
  };

  function create(body: Record<string, unknown>): Response {
    const requests = body["requests"] as { custom_id: string; params: Record<string, unknown> }[];
    if (!Array.isArray(requests) || requests.length === 0) return refuse("requests: Field required");
    const seen = new Set<string>();
    for (const [index, { custom_id: customId, params }] of requests.entries()) {
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(customId))
        return refuse(`requests.${index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
      if (seen.has(customId)) return refuse(`requests.${index}.custom_id: must be unique`);
      if (params["stream"] === true) return refuse(`requests.${index}.params.stream: not supported in a batch`);
      if (typeof params["max_tokens"] !== "number")
        return refuse(`requests.${index}.params.max_tokens: Field required`);
      seen.add(customId);
    }
    const id = `msgbatch_${++count}`;
    const lines = requests.map(({ custom_id: customId, params }) => ({ customId, body: params }));
    const batch = { id, lines, createdMs: Date.now(), isCanceling: false, results: undefined };
    batches.set(id, batch);
    return Response.json(show(batch));
  }

  function end(id: string, ending: Ending = {}): void {
    const batch = batches.get(id);
    if (!batch) throw new Error(`no batch ${id}`);
    const { status = "completed", served = batch.lines.length, change = (lines) => lines } = ending;
    const counts: Record<string, number> = { succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    const lines = batch.lines.map((line, index) => {
      const result = index < served ? resultOf(serve(line)) : { type: status === "cancelled" ? "canceled" : "expired" };
      counts[result.type] = (counts[result.type] ?? 0) + 1;
      return JSON.stringify({ custom_id: line.customId, result });
    });
    batch.results = { lines: change(lines), counts, ending, downloads: 0 };
  }

  function list(url: URL): Response {
    const all = [...batches.values()].toReversed();
    const after = url.searchParams.get("after_id");
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const limit = Number(url.searchParams.get("limit") ?? 20);
    const data = all.slice(from, from + limit).map(show);
    const ids = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    return Response.json({ data, has_more: from + limit < all.length, ...ids });
  }

  async function handle(request: Request, path: string): Promise<Response> {
    const [, id, action] = /^\/v1\/messages\/batches(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? [];
    const call = `${request.method}${id === undefined ? "" : " id"}${action === undefined ? "" : `/${action}`}`;
    const batch = batches.get(id ?? "");
    if (request.headers.get("anthropic-version") === null) return refuse("anthropic-version: header is required");
    if (call === "POST") {
      if (request.headers.get("content-length") === null) faults.push("a body without a length");
      return create((await request.json()) as Record<string, unknown>);
    }
    if (call === "GET") return list(new URL(request.url));
    if (!batch) return refuse(`Message Batch ${id ?? ""} not found`, 404, "not_found_error");
    if (call === "GET id") return Response.json(show(batch));
    if (call === "POST id/cancel") {
      batch.isCanceling = true;
      return Response.json(show(batch));
    }
    if (call === "GET id/results") {
      if (!batch.results) return refuse("Batch has no available results", 404, "not_found_error");
      return download(batch.results.lines, batch.results.ending, ++batch.results.downloads);
    }
    if (call === "DELETE id") {
      if (!batch.results) return refuse("Batch cannot be deleted while it is processing");
      batches.delete(batch.id);
      return Response.json({ id: batch.id, type: "message_batch_deleted" });
    }
    return refuse("Not found", 404, "not_found_error");
  }

  const server = serveBatches(handle, (headers) =>
    keys.includes(headers.get("x-api-key") ?? headers.get("authorization")?.replace(/^Bearer /, "") ?? "")
      ? undefined
      : refuse("invalid x-api-key", 401, "authentication_error"),
  );
  return {
    ...server,
    url: server.origin,
    faults,
    ids: () => [...batches.keys()],
    lines: (id) => batches.get(id)?.lines ?? [],
    end,
  };
}

function resultOf({ status, body }: { status: number; body: object }): { type: string; [field: string]: unknown } {
  return status === 200 ? { type: "succeeded", message: body } : { type: "errored", error: body };
}

function refuse(message: string, status = 400, type = "invalid_request_error"): Response {
  return Response.json({ type: "error", error: { type, message }, request_id: "req_fake" }, { status });
}
