import { lowerPriority } from "../src/base/lower-priority.ts";
import { median } from "./statistics.ts";

// Asks a Sahab for what windows of the console ask for: `bun bench/console-window.ts '{"origin":…}'` prints one line of JSON.

export interface ConsoleWindowOptions {
  origin: string;
  /** The session's, as a header has it. */
  cookie: string;
  durationMs: number;
}

export interface ConsoleWindowResult {
  calls: { name: string; count: number; medianMs: number; maxMs: number }[];
  /** Events that were told, without comments. */
  events: number;
  bytes: number;
  firstError: string | null;
}

interface Call {
  name: string;
  everyMs: number;
  act: () => Promise<unknown>;
}

if (import.meta.main) {
  // Real windows run on other machines. This one shares a core with the clients of the streams and must not slow them.
  lowerPriority();
  const result = await runWindow(JSON.parse(process.argv[2] ?? "") as ConsoleWindowOptions);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

async function runWindow({ origin, cookie, durationMs }: ConsoleWindowOptions): Promise<ConsoleWindowResult> {
  const over = new AbortController();
  const result: ConsoleWindowResult = { calls: [], events: 0, bytes: 0, firstError: null };
  // Packed bodies are left as they are: a browser's work is not what is measured.
  const headers = { cookie, "accept-encoding": "br" };
  const read = async (path: string): Promise<Uint8Array> => {
    const response = await fetch(origin + path, { headers, decompress: false });
    const bytes = await response.bytes();
    result.bytes += bytes.length;
    if (!response.ok) result.firstError ??= `${path}: ${response.status}`;
    return bytes;
  };
  const get = async (path: string): Promise<string> => new TextDecoder().decode(await read(path));
  const listen = async () => {
    const response = await fetch(`${origin}/admin/v1/events`, { headers: { cookie }, signal: over.signal });
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? [])
      result.events += decoder.decode(bytes, { stream: true }).split("event: ").length - 1;
  };
  const repeat = async ({ name, everyMs, act }: Call, place: number) => {
    const tookMs: number[] = [];
    // Each has a phase of its own.
    let nextMs = performance.now() + place * 73;
    while (nextMs < endMs) {
      await Bun.sleep(Math.max(0, nextMs - performance.now()));
      const startMs = performance.now();
      await act();
      tookMs.push(performance.now() - startMs);
      nextMs = Math.max(nextMs + everyMs, performance.now());
    }
    result.calls.push({ name, count: tookMs.length, medianMs: median(tookMs), maxMs: Math.max(...tookMs) });
  };
  const endMs = performance.now() + durationMs;
  const listening = listen().catch((error: unknown) => {
    if (!over.signal.aborted) result.firstError ??= `events: ${String(error)}`;
  });
  await Promise.all(callsOf(get).map(repeat));
  over.abort();
  await listening;
  return result;
}

/** The polls of all pages at once, at the pace of each page, and what is asked for more often than by one reader. */
function callsOf(get: (path: string) => Promise<string>): Call[] {
  const poll = (path: string, everyMs: number): Call => ({ name: path, everyMs, act: () => get(`/admin/v1${path}`) });
  const report = new URLSearchParams({ group_by: "model", interval: "day", tz: "Europe/Berlin", limit: "8" });
  report.set("since", new Date(Date.now() - 30 * 86_400_000).toISOString());
  let cursor = "";
  const nextPage = async () => {
    const { next } = JSON.parse(await get(`/admin/v1/requests?limit=200${cursor}`)) as { next?: string | null };
    cursor = next == null ? "" : `&cursor=${next}`;
  };
  const load = async () => {
    const [html] = await Promise.all([get("/"), get("/admin/v1/session")]);
    await Promise.all([...new Set(html.match(/\/assets\/[\w.-]+/g))].map(get));
  };
  return [
    { name: "first load of the page", everyMs: 2_000, act: load },
    { name: "200 more rows of the list", everyMs: 1_000, act: nextPage },
    { name: "usage report", everyMs: 1_000, act: () => get(`/admin/v1/usage?${report.toString()}`) },
    poll("/requests?limit=8", 2_000),
    poll("/keys", 2_000),
    poll("/projects", 2_000),
    poll("/models", 5_000),
    poll("/providers", 5_000),
    poll("/ps", 5_000),
    poll("/status", 10_000),
    poll("/health", 15_000),
  ];
}
