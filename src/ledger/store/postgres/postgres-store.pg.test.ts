import { beforeAll } from "bun:test";
import { parseDatabaseAddress } from "../../../base/database-address.ts";
import { describeWithPostgres } from "../../../testing/postgres.ts";
import { testAlerts } from "../alerts-contract.ts";
import { testConversations } from "../conversations-contract.ts";
import { testSessions } from "../sessions-contract.ts";
import { testFiling } from "../filing-contract.ts";
import { testAccounts } from "../account-contract.ts";
import { testKept } from "../kept-contract.ts";
import { openStore } from "../open-store.ts";
import { testStore } from "../store-contract.ts";
import { testViews } from "../views-contract.ts";

describeWithPostgres("a store in PostgreSQL", (cluster) => {
  let database = "";
  beforeAll(async () => {
    await cluster.start();
    database = await cluster.createDatabase();
  });

  for (const testContract of [
    testStore,
    testViews,
    testKept,
    testFiling,
    testAccounts,
    testAlerts,
    testConversations,
    testSessions,
  ])
    testContract(
      "PostgreSQL",
      (masterKey) => {
        const postgres = parseDatabaseAddress(cluster.socketUrl(database), (path) => path);
        return openStore({ postgres, machine: "one", masterKey });
      },
      () => cluster.emptyDatabase(database),
    );
});
