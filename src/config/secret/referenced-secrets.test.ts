import { afterAll, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "../../base/log.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { ReferencedSecrets } from "./referenced-secrets.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

test("whoever asks for a file's secret anew gets the one that is in it, however many ask at once", async () => {
  const path = join(folder, "key");
  const put = (key: string) => {
    writeFileSync(`${path}.new`, key);
    renameSync(`${path}.new`, path);
  };
  const reference = `file:${path}`;
  put("sk-0");
  const secrets = new ReferencedSecrets({
    sources: {
      variables: {},
      folders: [folder],
      commands: [],
      hosts: "",
      environment: {},
      dataDir: join(folder, "none"),
    },
    log: openLog({ level: "silent", pretty: false }),
    onChanged: () => undefined,
  });
  await secrets.load([reference]);
  const stale: string[] = [];
  for (let round = 1; round <= 100; round++) {
    put(`sk-${round}`);
    const ask = async (delayed: number) => {
      for (let turn = 0; turn < delayed; turn++) await new Promise(setImmediate);
      await secrets.renew([reference]);
      if (secrets.valueOf(reference) !== `sk-${round}`) stale.push(`${round}: ${secrets.valueOf(reference)}`);
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => ask(index)));
  }
  expect(stale).toEqual([]);
});
