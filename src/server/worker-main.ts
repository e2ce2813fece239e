import type { PullView, RotatedAdminKey } from "../admin/index.ts";
import { parseEnvironment } from "../base/environment.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { openStoreThread } from "../ledger/index.ts";
import { adminKeyPlace } from "./admin-key.ts";
import { dataFolder } from "./data-folder.ts";
import { masterKeyPlace } from "./master-key.ts";
import { createPeer } from "./peer.ts";
import { drainGraceMs, startServing } from "./serving.ts";
import { optionsOf } from "./serving-options.ts";
import { logFlushMs, openServerLog } from "./server-log.ts";
import { processName, storeLocation } from "./store-location.ts";

// One of several processes that share the port. Its parent runs the engines and passes messages between siblings.
const environment = parseEnvironment(process.env);
const logs = openServerLog(environment);
const { log } = logs;
const folder = dataFolder(environment.dataDir);
const index = Number(process.argv[2]);

// Until it serves there is nothing to finish.
let stop = (): void => process.exit(0);
process.on("disconnect", () => stop());
// Ctrl-C in a terminal and a stop by systemd reach every process; the parent decides when to stop.
process.on("SIGINT", () => undefined);
process.on("SIGHUP", () => undefined);
const parent = process.ppid;
process.on("SIGTERM", () => {
  if (!process.connected || process.ppid !== parent) stop();
});

const peer = createPeer((message) => process.send?.(message), {
  reload: () => serving.reload(),
  metrics: () => serving.metrics(),
  pulls: () => serving.pulls(),
  cancelPull: (id) => serving.cancelPull(String(id)),
  drainJournal: () => serving.drainJournal(),
  renewCertificate: () => serving.renewCertificate(),
  stop: () => stop(),
});
process.on("message", (message) => peer.receive(message));

const masterKey = masterKeyPlace(environment, folder.path);
const location = storeLocation(environment, folder, masterKey);
const store = await openStoreThread({ log }, location);
const serving = await startServing(
  {
    store,
    log,
    requestLog: logs.requests,
    whole: {
      changed: async () => void (await peer.ask("changed")),
      engines: () => peer.ask("engines") as Promise<FleetStatus>,
      setLoaded: async (wanted) => void (await peer.ask("setLoaded", wanted)),
      pulls: () => peer.ask("pulls") as Promise<PullView[]>,
      cancelPull: (id) => peer.ask("cancelPull", id) as Promise<PullView | undefined>,
      metrics: () => peer.ask("metrics") as Promise<string>,
      drainJournals: async () => void (await peer.ask("drainJournals")),
      rotateMasterKey: () => peer.ask("rotateMasterKey") as Promise<number>,
      rotateAdminKey: (overlapMs) => peer.ask("rotateAdminKey", overlapMs) as Promise<RotatedAdminKey>,
    },
  },
  {
    ...optionsOf(environment, process.env),
    adminKey: adminKeyPlace(environment, folder),
    masterKey,
    folder,
    index,
    process: processName(location, index),
    reusePort: true,
    startedMs: Number(process.argv[3]),
  },
).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
let stopping = false;
stop = () => {
  if (stopping) return;
  stopping = true;
  void (async () => {
    await serving.stop(drainGraceMs);
    await store.close();
    await logs.lines.flush(logFlushMs);
    process.exit(0);
  })();
};
await peer.ask("ready");
