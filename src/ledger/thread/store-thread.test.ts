import { afterAll } from "bun:test";
import { join } from "node:path";
import { openLog } from "../../base/log.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { testStore } from "../store/store-contract.ts";
import { openStoreThread } from "./store-thread.ts";

const log = openLog({ level: "silent", pretty: false });
const folder = makeTemporaryFolder();
let round = 0;
afterAll(() => removeTemporaryFolder(folder));

testStore(
  "SQLite on its thread",
  (masterKey) => openStoreThread({ log }, { path: join(folder, `${round}.db`), masterKey }),
  () => {
    round++;
  },
);
