import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtInFile } from "../fleet/index.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeCertificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Where a whole Sahab takes models from: what an admin may ask for over the network, and what only the machine's owner may.

let folder: string;
let sahab: TestSahab;
let hub: Bun.Server<undefined>;
let plain: Bun.Server<undefined>;
let heard: string[] = [];
const model = join(import.meta.dir, "../../models/nano", builtInFile);

beforeAll(async () => {
  folder = makeTemporaryFolder();
  const certificate = await makeCertificate(folder, "hub");
  plain = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      heard.push(request.url);
      return new Response(Bun.file(model));
    },
  });
  hub = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: certificate.cert, key: certificate.key },
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      return pathname.startsWith("/down/")
        ? Response.redirect(`http://localhost:${plain.port}/m.gguf`, 302)
        : new Response(Bun.file(model));
    },
  });
  mkdirSync(join(folder, "shared"));
  copyFileSync(model, join(folder, "shared", "shared.gguf"));
  copyFileSync(model, join(folder, "mine.gguf"));
  writeFileSync(join(folder, "secret.txt"), "root:x:0:0");
  sahab = await runSahab({
    config: { models: [], projects: [{ name: "default" }] },
    env: {
      NODE_EXTRA_CA_CERTS: certificate.file,
      SAHAB_PULL_HOSTS: "localhost",
      SAHAB_MODEL_FOLDERS: `/nonexistent/models:${join(folder, "shared")}`,
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await hub?.stop(true);
  await plain?.stop(true);
  removeTemporaryFolder(folder);
});

async function pull(source: string, headers: Record<string, string> = {}, more: object = {}): Promise<string> {
  const response = await fetch(`${sahab.address}/admin/v1/models/pull`, {
    method: "POST",
    headers: { authorization: `Bearer ${sahab.adminKey}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ source, ...more }),
  });
  return (await response.text()).trim().split("\n").at(-1) ?? "";
}

test("https does not fall back to http on the way, even among hosts that are listed", async () => {
  expect(await pull(`https://localhost:${hub.port}/down/m.gguf`)).toContain("leads on from https to http");
  expect(heard).toEqual([]);
  expect(await pull(`https://localhost:${hub.port}/fine.gguf`)).toContain('"name":"fine"');
});

test("over the network only files of the allowed folders may be named, to pull and to apply", async () => {
  expect(await pull(join(folder, "shared", "shared.gguf"))).toContain('"name":"shared"');
  for (const path of [join(folder, "mine.gguf"), join(folder, "secret.txt"), "/etc/passwd", "/etc/none"]) {
    const refused = `${path} is in no folder from which models may be taken`;
    expect(await pull(path)).toContain(refused);
    // Nobody becomes the owner by saying so.
    for (const id of ["true", "x".repeat(40), "../".repeat(14).slice(0, 40)])
      expect(await pull(path, { "x-sahab-owner": id })).toContain(refused);
    const applied = await sahab.admin("/apply?prune=1", {
      json: { models: [{ name: "stolen", local: { file: path } }], projects: [{ name: "default" }] },
    });
    expect(await applied.text()).toContain(refused);
  }
});

test("the owner's commands on the machine may name any file of theirs, and leave nothing behind", async () => {
  const path = join(folder, "mine.gguf");
  expect(await sahab.command(["pull", "mine.gguf", "--name", "own"], { cwd: folder })).toMatchObject({ status: 0 });
  const yaml = `models: [{ name: linked, local: { file: ${path} } }]\nprojects: [{ name: default }]`;
  expect(await sahab.command(["apply", "-f", "-", "--prune"], { stdin: yaml })).toMatchObject({ status: 0 });
  // With the key alone, as from another machine, it is the network.
  const elsewhere = await sahab.command(["pull", path, "--name", "own"], {
    env: { SAHAB_DATA: join(folder, "none") },
  });
  expect(elsewhere).toMatchObject({ status: 1, stderr: expect.stringContaining("in no folder from which") });
  const hidden = readdirSync(join(sahab.dataDir, "models")).filter((name) => name.startsWith("."));
  expect(hidden).toEqual([]);
});

test("a hash is given on the command line", async () => {
  const wrong = "0".repeat(64);
  const url = `https://localhost:${hub.port}/hashed.gguf`;
  const refused = await sahab.command(["pull", url, "--sha256", wrong]);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(wrong) });
  const right = new Bun.CryptoHasher("sha256").update(await Bun.file(model).bytes()).digest("hex");
  expect(await sahab.command(["pull", url, "--sha256", right])).toMatchObject({ status: 0 });
  expect(await sahab.command(["pull", url, "--sha256", "abc"])).toMatchObject({ status: 2 });
  expect(await pull(url, {}, { sha256: "abc" })).toContain("64 hexadecimal digits");
});
