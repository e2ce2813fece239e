import { BodyThread } from "../dialect/aside/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { systemClock, type Clock } from "../base/clock.ts";
import { openLog, type Log } from "../base/log.ts";
import type { Snapshot } from "../config/index.ts";
import {
  Admission,
  answerError,
  createGateway,
  createGatewayMetrics,
  FileShelf,
  InFlight,
  KeptReasoning,
  StoredAnswers,
  type InFlightOptions,
} from "../gateway/index.ts";
import {
  createKey,
  hashKey,
  HoldFile,
  Journal,
  JournalDrain,
  KeyRing,
  openStoreThread,
  RefusalNotes,
  Teller,
  type FileBounds,
  type StoreThread,
  type UsageRecord,
  wholeScope,
} from "../ledger/index.ts";
import { AddressRanges } from "../base/address-ranges.ts";
import { Refusals } from "../base/refusals.ts";
import { listenHttp, type HttpServerLimits } from "../http/index.ts";
import { ReplicaStates } from "../router/index.ts";
import { SahabError } from "../base/errors.ts";
import { mkdirSync } from "node:fs";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

/** The request path over real HTTP in this process, with a journal and a store of its own. */
export interface GatewayInProcess {
  address: string;
  key: string;
  inFlight: InFlight;
  store: StoreThread;
  filesDir: string;
  sweepFiling(): Promise<void>;
  refusals: Refusals;
  /** A new key of a project. */
  createKey(project: string, terms?: object): Promise<string>;
  /** Writes to the store why requests were refused. */
  flushRefusals(): Promise<void>;
  revokeKey(text: string): Promise<void>;
  /** All usage records, oldest first. */
  records(): Promise<UsageRecord[]>;
  close(): Promise<void>;
}

/** Serves the snapshot with these dialects. */
export async function startGateway(
  dialects: readonly Dialect[],
  snapshot: Snapshot | (() => Snapshot),
  limits: Partial<HttpServerLimits> &
    InFlightOptions & {
      trustedProxies?: string;
      clock?: Clock;
      files?: FileBounds;
      sessionsMax?: number;
      batchPauses?: { first: number; most: number };
    } = {},
  log: Log = openLog({ level: "silent", pretty: false }),
): Promise<GatewayInProcess> {
  const key = "sk-admin-key-for-tests";
  const folder = makeTemporaryFolder();
  const store = await openStoreThread({ log }, { path: `${folder}/sahab.db`, masterKey: "a master key for tests" });
  const journal = new Journal(`${folder}/journal`);
  const drain = new JournalDrain({ journal, store, log });
  const refusals = new Refusals(log);
  const inFlight = new InFlight({ refusals }, limits);
  const bodies = new BodyThread({ log });
  const trustedProxies = new AddressRanges();
  trustedProxies.add(limits.trustedProxies ?? "");
  const answers = new StoredAnswers({ store, log, clock: systemClock }, { process: "0" });
  const filesDir = `${folder}/files`;
  mkdirSync(filesDir);
  const clock = limits.clock ?? systemClock;
  const shelf = new FileShelf({ store, clock, log }, { dir: filesDir, ...(limits.files && { bounds: limits.files }) });
  const keys = new KeyRing({ store, clock: systemClock, refusals }, { adminKey: key });
  const holds = new HoldFile(journal.dir);
  const teller = new Teller({ store, clock: systemClock, log }, { holder: holds.id, place: "test" });
  const refused = new RefusalNotes({ store, log });
  const snapshotNow = typeof snapshot === "function" ? snapshot : () => snapshot;
  const gateway = createGateway({
    admission: new Admission({ teller, holds, snapshot: snapshotNow }, { sessionsMax: limits.sessionsMax }),
    noteRefusal: (refusal) => refused.note(refusal),
    dialects,
    filing: { shelf, store, clock, process: "0", pauses: limits.batchPauses },
    keys,
    journal,
    inFlight,
    states: new ReplicaStates(),
    bodies,
    answers,
    reasoning: new KeptReasoning({ store, log, clock: systemClock }),
    metrics: createGatewayMetrics({
      requestsInFlight: () => inFlight.size,
      refusals,
      answers,
      keyName: (id) => keys.nameOf(id),
    }),
    log,
    snapshot: snapshotNow,
  });
  const [first] = dialects;
  if (!first) throw new Error("a gateway speaks a dialect");
  const server = listenHttp(
    {
      handle(request) {
        if (!gateway.handle(request))
          answerError(request, first, new SahabError("not_found", "not served here"), "req_none");
      },
      refuse: (error) => JSON.stringify({ error: error.message }),
      refusals,
    },
    { host: "127.0.0.1", port: 0, reusePort: false, limits, trustedProxies },
  );
  inFlight.run();
  gateway.batches.run();
  return {
    store,
    filesDir,
    sweepFiling: () => gateway.sweepFiling(),
    address: `http://127.0.0.1:${server.port}`,
    key,
    inFlight,
    refusals,
    flushRefusals: () => refused.flush(),
    async createKey(project, terms = {}) {
      const made = createKey({ name: project, project, expiresMs: null, terms: JSON.stringify(terms) }, Date.now());
      await store.insertKey(made.row);
      return made.key;
    },
    async revokeKey(text) {
      const [row] = await store.findKeysByHash([hashKey(text)]);
      if (row) await store.revokeKey(row.id, Date.now());
      keys.forget();
    },
    async records() {
      await drain.drain();
      const { records } = await store.listUsage(wholeScope, { limit: 1_000, cursor: undefined });
      return records.toReversed();
    },
    async close() {
      await gateway.background.stop();
      await gateway.batches.stop();
      await inFlight.drain(1_000);
      await gateway.background.stopped();
      await gateway.batches.stopped();
      server.close();
      bodies.close();
      await journal.close();
      await teller.stop();
      await drain.stop();
      await store.close();
      removeTemporaryFolder(folder);
    },
  };
}
