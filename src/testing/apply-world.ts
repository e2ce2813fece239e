import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat, startFakeVendor, type FakeVendor } from "./fake-vendor.ts";
import type { CommandResult } from "./run-command.ts";
import { runSahab, type TestSahab } from "./run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

/** A Sahab with a vendor, for tests of `sahab apply`. */
export interface ApplyWorld {
  sahab: TestSahab;
  /** Has the model `m`. */
  vendor: FakeVendor;
  /** A small cloud.yaml with the provider `p` and its priced model `chat`, and what comes behind it. */
  cloud(more?: string): string;
  apply(text: string, ...args: string[]): Promise<CommandResult>;
  /** Writes a file, cloud.yaml by default, and returns its path. */
  fileOf(content: string | Uint8Array, name?: string): string;
  close(): Promise<void>;
}

export async function openApplyWorld(): Promise<ApplyWorld> {
  const folder = makeTemporaryFolder();
  const vendor = startFakeVendor({ m: chat(["Hi"]) });
  const sahab = await runSahab();
  return {
    sahab,
    vendor,
    cloud: (more = "") => `
providers:
  - { name: p, vendor: compatible, base_url: "http://127.0.0.1:${vendor.port}/v1", api_key: sk-one }
models:
  - name: chat
    targets: [{ provider: p, model: m }]
    price: { currency: USD, input: 1, output: 2 }
${more}`,
    apply: (text, ...args) => sahab.command(["apply", "-f", "-", ...args], { stdin: text }),
    fileOf: (content, name = "cloud.yaml") => {
      const file = join(folder, name);
      writeFileSync(file, content);
      return file;
    },
    async close() {
      await sahab.close();
      await vendor.stop();
      removeTemporaryFolder(folder);
    },
  };
}
