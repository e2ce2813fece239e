import { afterEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "../base/log.ts";
import { parseEnvironment } from "../base/environment.ts";
import { isRunning } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { startWorkers } from "./workers.ts";

const folder = makeTemporaryFolder();
afterEach(() => removeTemporaryFolder(folder));

test("a worker that does not become ready in time is gone before startWorkers fails", async () => {
  const program = join(folder, "hangs.ts");
  // Ignores all signals but SIGKILL.
  writeFileSync(
    program,
    `process.on("SIGTERM", () => {});
     process.on("disconnect", () => {});
     require("node:fs").writeFileSync(${JSON.stringify(folder)} + "/pid" + process.argv[2], String(process.pid));
     setInterval(() => {}, 1000);`,
  );
  const nothing = () => Promise.resolve();
  const failure = await startWorkers({
    environment: parseEnvironment({ SAHAB_WORKERS: "2", SAHAB_PORT: "1", SAHAB_DATA_DIR: folder }),
    log: openLog({ level: "fatal", pretty: false }),
    whole: {
      changed: nothing,
      engines: () => Promise.resolve({ engines: [], memory: null }),
      setLoaded: nothing,
      pulls: () => Promise.resolve([]),
      cancelPull: () => Promise.resolve(undefined),
      metrics: () => Promise.resolve(""),
      drainJournals: nothing,
      rotateMasterKey: () => Promise.resolve(0),
      rotateAdminKey: () => Promise.reject(new Error("not asked here")),
    },
    recover: nothing,
    program,
    startMs: 1_000,
  }).catch((error: unknown) => error);
  expect(String(failure)).toContain("did not start within 1 s");
  const pids = [0, 1].map((index) => Number(readFileSync(join(folder, `pid${index}`), "utf8")));
  expect(pids.filter(isRunning)).toEqual([]);
});
