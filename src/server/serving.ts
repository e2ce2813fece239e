import { join } from "node:path";
import { createAdmin } from "../admin/index.ts";
import { systemClock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { buildSnapshot, localProvider, readConfig, type Snapshot } from "../config/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { dialects } from "../dialect/registry.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { createEngineUpstream, EngineClient, type EngineStatus } from "../engine/index.ts";
import { engineSocketPath } from "../fleet/index.ts";
import {
  createGateway,
  createGatewayMetrics,
  errorResponse,
  InFlight,
  type ClientConnection,
  type MetricValues,
} from "../gateway/index.ts";
import { Journal, JournalDrain, KeyRing, type StoreThread } from "../ledger/index.ts";
import { ReplicaStates } from "../router/index.ts";
import { StartError, type DataFolder } from "./data-folder.ts";
import { version } from "./version.ts";

/** How long requests under way may take to end once a stop is asked for. */
export const drainGraceMs = 25_000;

/** A configuration or key changed by another process is noticed within this time, even if its message is lost. */
const pollMs = 2_000;
/** Idle connections are closed after so many seconds; requests under way are not idle. */
const idleTimeoutS = 75;
/** The least time that connections have to close once all is answered. */
const connectionsCloseMs = 2_000;

/** What a serving process asks of the whole of Sahab: itself, or the process that started it and its siblings. */
export interface Whole {
  changed(): Promise<void>;
  engines(): Promise<EngineStatus[]>;
  /** Prometheus text over all processes. */
  metrics(): Promise<string>;
  drainJournals(): Promise<void>;
}

export interface ServingOptions {
  host: string;
  port: number;
  adminKey: string;
  folder: DataFolder;
  /** Names this process's journal among its siblings'. */
  index: number;
  reusePort: boolean;
}

/** One process that serves: gateway, admin API and probes on one port. */
export interface Serving {
  port: number;
  reload(): Promise<void>;
  metrics(): Promise<MetricValues>;
  drainJournal(): Promise<void>;
  /** Stops accepting, lets requests end within the time, makes journal and store whole. */
  stop(graceMs: number): Promise<void>;
}

export async function startServing(
  deps: { store: StoreThread; log: Log; whole: Whole },
  options: ServingOptions,
): Promise<Serving> {
  const { store, log, whole } = deps;
  const { folder } = options;
  const journal = new Journal(join(folder.journalDir, String(options.index)));
  const drain = new JournalDrain({ journal, store, log });
  const inFlight = new InFlight();
  const metrics = createGatewayMetrics({ requestsInFlight: () => inFlight.size });
  const keys = new KeyRing({ store, clock: systemClock }, { adminKey: options.adminKey });
  const engines = new Map<string, EngineClient>();

  let seenVersion = await store.version();
  let config = await readConfig(store);
  const engineFor = (name: string): EngineClient => {
    let client = engines.get(name);
    if (!client) {
      client = new EngineClient({ name, socketPath: engineSocketPath(folder.socketDir, name) });
      engines.set(name, client);
    }
    return client;
  };
  const snapshotDeps = { dialects, localUpstream: (model: string) => createEngineUpstream(engineFor(model)) };
  let snapshot: Snapshot = buildSnapshot(snapshotDeps, config);
  const reload = async () => {
    seenVersion = await store.version();
    const changed = await readConfig(store);
    // A new key leaves the configuration as it is, and with it connections and what is known of the targets' health.
    if (!Bun.deepEquals(changed, config)) {
      config = changed;
      snapshot = buildSnapshot(snapshotDeps, config);
    }
    keys.forget();
    for (const [name, client] of engines) {
      if (snapshot.models.get(name)?.targets.some(({ provider }) => provider === localProvider)) continue;
      engines.delete(name);
      client.close();
    }
  };

  let storeAnswers = true;
  const gateway = createGateway({
    dialects,
    keys,
    journal,
    metrics,
    inFlight,
    states: new ReplicaStates(),
    log,
    snapshot: () => snapshot,
  });
  const admin = createAdmin({
    store,
    keys,
    clock: systemClock,
    log,
    modelsDir: folder.modelsDir,
    version,
    changed: () => whole.changed(),
    engines: () => whole.engines(),
    drain: () => whole.drainJournals(),
  });

  let stopping = false;
  const handle = (request: Request, server: Bun.Server<undefined>): Response | Promise<Response> => {
    const path = pathOf(request.url);
    const answer = gateway(request, path, new Connection(request, server));
    if (answer) return answer;
    if (path === "/healthz") return new Response("ok\n");
    if (path === "/readyz") {
      if (stopping) return new Response("shutting down\n", { status: 503 });
      return storeAnswers ? new Response("ok\n") : new Response("the database does not answer\n", { status: 503 });
    }
    if (path === "/metrics") return metricsResponse(whole);
    if (path.startsWith("/admin/v1/")) return admin(request);
    const error = new SahabError(
      "not_found",
      `${request.method} ${path.slice(0, 200)} is not served here; OpenAI's chat, completions, embeddings and models and Anthropic's messages are at /v1, the admin API at /admin/v1`,
    );
    return errorResponse(dialectOf(path, request.headers), error, newId("req"));
  };

  const server = listen(options, {
    fetch: handle,
    error: (thrown) => {
      log.error({ err: thrown }, "a request failed outside its handler");
      return errorResponse(
        openaiChat,
        new SahabError("internal_error", "Internal error; see Sahab's log"),
        newId("req"),
      );
    },
  });
  // Timers start only now: a start that fails must leave nothing that keeps the process alive.
  const poll = setInterval(() => {
    void (async () => {
      try {
        if ((await store.version()) !== seenVersion) await reload();
        storeAnswers = true;
      } catch (error) {
        if (storeAnswers)
          log.error({ err: error }, "the store does not answer; keys and configuration stay as they were last seen");
        storeAnswers = false;
      }
    })();
  }, pollMs);
  drain.run();
  inFlight.run();

  return {
    port: server.port ?? options.port,
    reload,
    metrics: () => Promise.resolve(metrics.read()),
    drainJournal: () => drain.drain(),
    async stop(graceMs) {
      stopping = true;
      clearInterval(poll);
      // Without `true` Bun stops accepting and lets what is under way go on.
      const deadlineMs = Date.now() + graceMs;
      const closed = server.stop();
      await inFlight.drain(graceMs);
      // What has been answered may still be on its way to a slow reader.
      await Promise.race([closed, Bun.sleep(Math.max(connectionsCloseMs, deadlineMs - Date.now()))]);
      await server.stop(true);
      for (const client of engines.values()) client.close();
      await journal.close();
      await drain.stop();
    },
  };
}

/** Whose client asks for a path that no dialect has: some can be told by their headers or by the path's beginning. */
function dialectOf(path: string, headers: Headers): Dialect {
  const start = path.slice(0, path.indexOf("/", 1) + 1);
  const isBelow = ({ routes }: Dialect) =>
    start !== "" && routes.some((route) => typeof route.path === "string" && route.path.startsWith(start));
  const isOwn = (dialect: Dialect) =>
    dialect.routes.some((route) => route.accepts?.(headers)) || (!isBelow(openaiChat) && isBelow(dialect));
  return dialects.find(isOwn) ?? openaiChat;
}

/** A client's connection, as far as the request on it goes. */
class Connection implements ClientConnection {
  readonly #request: Request;
  readonly #server: Bun.Server<undefined>;

  constructor(request: Request, server: Bun.Server<undefined>) {
    this.#request = request;
    this.#server = server;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  hold(): void {
    this.#server.timeout(this.#request, 0);
  }

  release(): void {
    this.#server.timeout(this.#request, idleTimeoutS);
  }
}

/** Opens the port, or throws a StartError that says why not. */
export function listen(
  options: Pick<ServingOptions, "host" | "port" | "reusePort">,
  handlers: Pick<Bun.Serve.FetchOrRoutes<undefined, string>, "fetch"> & { error?: (error: Error) => Response },
) {
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      reusePort: options.reusePort,
      idleTimeout: idleTimeoutS,
      // The request path enforces its own bound and says so in the caller's dialect; this is a fence behind it.
      maxRequestBodySize: limits.requestBodyBytesMax * 4,
      ...handlers,
    } as Bun.Serve.Options<undefined>);
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === "EADDRINUSE")
      throw new StartError(
        `Port ${options.port} on ${options.host} is in use; stop what listens there, or name another with SAHAB_PORT`,
        { cause },
      );
    throw new StartError(
      `Cannot listen on ${options.host}:${options.port} (${code ?? String(cause)}); look at SAHAB_HOST and SAHAB_PORT`,
      { cause },
    );
  }
}

async function metricsResponse(whole: Whole): Promise<Response> {
  return new Response(await whole.metrics(), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
}

/** The path of an absolute address, without the cost of parsing the whole. */
function pathOf(url: string): string {
  const start = url.indexOf("/", 8);
  const query = url.indexOf("?", start);
  return query === -1 ? url.slice(start) : url.slice(start, query);
}
