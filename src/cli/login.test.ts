import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { cleanEnvironment, runCommand, sahabProgram } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeCertificate, type Certificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// The command line and a Sahab elsewhere: behind https and a path, with keys that each belong to one address.

const launcher = join(import.meta.dir, "..", "..", "bin", "sahab.mjs");

let folder: string;
let home: string;
let certificate: Certificate;
let sahab: TestSahab;
let front: Bun.Server<undefined>;
let address: string;
/** Another server, to which no key may go. */
let stranger: Bun.Server<undefined>;
let heard: { url: string; key: string | null }[] = [];
let status = 200;
/** The stranger answers like a Sahab. */
let isSahab = false;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  home = join(folder, "home");
  certificate = await makeCertificate(folder, "front");
  sahab = await runSahab({ config: { models: [], projects: [{ name: "default" }] } });
  front = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: certificate.cert, key: certificate.key },
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (pathname.startsWith("/moved/")) return Response.redirect(`${stranger.url.origin}${pathname}`, 307);
      if (!pathname.startsWith("/team/")) return new Response("no", { status: 404 });
      return fetch(`${sahab.address}${pathname.slice("/team".length)}${search}`, {
        method: request.method,
        headers: { authorization: request.headers.get("authorization") ?? "", "content-type": "application/json" },
        ...(request.body && { body: request.body }),
      });
    },
  });
  stranger = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      if (new URL(request.url).pathname === "/healthz" && isSahab) return new Response("ok\n");
      heard.push({ url: request.url, key: request.headers.get("authorization") });
      return Response.json({ data: [], engines: [] }, { status });
    },
  });
  address = `https://localhost:${front.port}/team`;
});

afterEach(() => {
  heard = [];
  status = 200;
  isSahab = false;
  rmSync(home, { recursive: true, force: true });
});

afterAll(async () => {
  await sahab?.close();
  await front?.stop(true);
  await stranger?.stop(true);
  removeTemporaryFolder(folder);
});

const trusted = () => ({ NODE_EXTRA_CA_CERTS: certificate.file });
const run = (args: string[], env: Record<string, string> = {}, stdin?: string) =>
  runCommand(args, { env: { SAHAB_DATA: home, SAHAB_PORT: "1", ...env }, ...(stdin !== undefined && { stdin }) });
const login = async (to = address, key = sahab.adminKey) => {
  const done = await run(["login", to], trusted(), `${key}\n`);
  expect(done).toMatchObject({ status: 0, stderr: "" });
  return done.stdout;
};
const loginFile = () => join(home, "login.json");

describe("SAHAB_URL", () => {
  test("is reached over https, with a path, and a private authority that is named relative to the user's folder", async () => {
    const child = Bun.spawn(["node", launcher, "export"], {
      cwd: folder,
      env: cleanEnvironment({
        SAHAB_URL: `${address}/`,
        SAHAB_ADMIN_KEY: sahab.adminKey,
        NODE_EXTRA_CA_CERTS: basename(certificate.file),
      }),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [text, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    expect({ errors, status: await child.exited }).toEqual({ errors: "", status: 0 });
    expect(text).toContain("default");
  });

  test("with a certificate that is not trusted gets no key", async () => {
    const result = await run(["models"], { SAHAB_URL: address, SAHAB_ADMIN_KEY: sahab.adminKey });
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/certificate that is not trusted.*NODE_EXTRA_CA_CERTS/);
  });

  test.each([
    ["ftp://x", "such as https://"],
    ["example.com", "has no scheme; one such as https://"],
    ["https://user:pa55word@example.com", "user or password"],
    ["https://example.com/?key=pa55word", "query"],
  ])("%s is wrong usage, and is not repeated", async (url, why) => {
    const result = await run(["models"], { SAHAB_URL: url });
    expect(result.status).toBe(2);
    expect(result.stderr).toContain(`SAHAB_URL`);
    expect(result.stderr).toContain(why);
    expect(result.stderr).not.toContain("pa55word");
  });

  test("that leads on is not followed, so that the key stays", async () => {
    const env = { ...trusted(), SAHAB_URL: `https://localhost:${front.port}/moved`, SAHAB_ADMIN_KEY: sahab.adminKey };
    const result = await run(["models"], env);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(`leads on to ${stranger.url.origin}`);
    expect(heard).toEqual([]);
  });

  test("never gets the key of another address: neither the data folder's nor the remembered one", async () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "admin.key"), "sk-sahab-admin-of-this-machine\n");
    await login();
    const result = await run(["models"], { SAHAB_URL: stranger.url.origin });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(`sahab login ${stranger.url.origin}`);
    expect(heard).toEqual([]);
    // The data folder's key is for the server of this machine, whatever the scheme and name.
    const own = { SAHAB_URL: `http://localhost:${stranger.port}`, SAHAB_PORT: String(stranger.port) };
    expect((await run(["ps"], own)).status).toBe(0);
    expect(heard.map(({ key }) => key)).toContain("Bearer sk-sahab-admin-of-this-machine");
  });

  test("that is plain http beyond this machine is warned of, once", async () => {
    const env = {
      SAHAB_URL: "http://sahab.example",
      SAHAB_ADMIN_KEY: "sk-sahab-admin-elsewhere",
      HTTP_PROXY: stranger.url.origin,
    };
    const result = await run(["ps"], env);
    expect(result.stderr.match(/warning: http:\/\/sahab\.example is not encrypted/g)).toHaveLength(1);
    expect(result.status).toBe(0);
    expect(heard[0]).toMatchObject({
      url: expect.stringContaining("sahab.example"),
      key: "Bearer sk-sahab-admin-elsewhere",
    });
  });
});

describe("login", () => {
  test("remembers address and key in a file that only its owner reads, for all commands", async () => {
    expect(await login(`${address}/`)).toContain(`Commands now talk to ${address}.`);
    expect(statSync(loginFile()).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(loginFile(), "utf8"))).toEqual({ address, key: sahab.adminKey });
    // Before host and port; and another server's key in the environment is not sent there.
    const env = { ...trusted(), SAHAB_ADMIN_KEY: "sk-sahab-admin-of-another" };
    expect(await run(["export"], env)).toMatchObject({ status: 0, stdout: expect.stringContaining("default") });
    // SAHAB_URL comes first.
    await run(["models"], { ...env, SAHAB_URL: stranger.url.origin });
    expect(heard).toMatchObject([{ key: "Bearer sk-sahab-admin-of-another" }]);
    expect((await run(["login", "--forget"])).stdout).toBe("Forgotten.\n");
    expect(existsSync(loginFile())).toBeFalse();
    expect((await run(["models"], env)).stderr).toContain("No Sahab answers at http://127.0.0.1:1");
  });

  test("remembers nothing that does not work", async () => {
    const cases = [
      ["sk-sahab-admin-of-nobody", "invalid_api_key"],
      ["", "No key was given"],
      ["two words of a key", "printable ASCII"],
      ["x".repeat(100_000), "printable ASCII"],
    ] as const;
    for (const [key, why] of cases) {
      const result = await run(["login", address], trusted(), key);
      expect({ key, status: result.status }).toEqual({ key, status: 1 });
      expect(result.stderr).toContain(why);
      if (key !== "") expect(result.stderr).not.toContain(key);
      expect(existsSync(loginFile())).toBeFalse();
    }
  });

  test("corrects an address that was copied with too much, or with too little, and says so", async () => {
    const port = new URL(sahab.address).port;
    const own = `http://127.0.0.1:${port}`;
    const cases = [
      [`localhost:${front.port}/team/v1`, address],
      [`http://localhost:${front.port}/team`, address],
      [`${address}/v1/chat/completions`, address],
      [`127.0.0.1:${port}`, own],
      [`https://127.0.0.1:${port}/admin`, own],
    ] as const;
    for (const [given, found] of cases) {
      const done = await run(["login", given], trusted(), sahab.adminKey);
      expect({ given, ...done }).toMatchObject({
        given,
        status: 0,
        stderr: `The address is taken as ${found}, where a Sahab answers.\n`,
        stdout: expect.stringContaining(`Commands now talk to ${found}.`),
      });
    }
  });

  test("never sends a key by http to another machine where that was not asked for", async () => {
    isSahab = true;
    const env = { HTTP_PROXY: stranger.url.origin, HTTPS_PROXY: stranger.url.origin };
    const refused = await run(["login", "sahab.example"], env, sahab.adminKey);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("give the whole address: sahab login http://sahab.example");
    expect(heard.filter(({ key }) => key !== null)).toEqual([]);
    expect(existsSync(loginFile())).toBeFalse();
    expect(await run(["login", "http://sahab.example"], env, sahab.adminKey)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("is not encrypted"),
    });
  });

  test("says what was tried where nothing answers, or something else does", async () => {
    const nothing = await run(["login", "http://127.0.0.1:1/v1"], {}, sahab.adminKey);
    expect(nothing.status).toBe(1);
    expect(nothing.stderr).toContain("No Sahab was found; nothing is remembered. Tried:\n  http://127.0.0.1:1/v1: ");
    expect(nothing.stderr).toContain("\n  https://127.0.0.1:1/v1: ");
    const other = await run(["login", stranger.url.origin], {}, sahab.adminKey);
    expect(other.stderr).toContain(`${stranger.url.origin}: what answers there is no Sahab (status 200)`);
    expect(heard.filter(({ key }) => key !== null)).toEqual([]);
  });

  test("alone shows what is remembered, never the key; logout takes it away", async () => {
    expect((await run(["login"])).stdout).toStartWith("Nothing is remembered.");
    await login();
    const { stdout, status: shown } = await run(["login"], trusted());
    expect(shown).toBe(0);
    expect(stdout).toStartWith(`Remembered: ${address}, and its key, in ${loginFile()}.`);
    expect(stdout).not.toContain(sahab.adminKey);
    expect((await run(["logout"])).stdout).toBe("Forgotten.\n");
    expect((await run(["logout"])).stdout).toBe("There is nothing to forget.\n");
    expect(existsSync(loginFile())).toBeFalse();
  });

  test("a key that may only call models is remembered, with a warning", async () => {
    const { key } = await sahab.createKey();
    const done = await run(["login", address], trusted(), key);
    expect(done).toMatchObject({ status: 0, stderr: expect.stringContaining("and not administer") });
    expect((await run(["models"], trusted())).stderr).toMatch(
      /not the admin API; send a key of role admin.*\(forbidden;/,
    );
  });

  test("where a Sahab runs whose key is elsewhere, nobody is told to start one", async () => {
    const { stderr } = await run(["models"], { SAHAB_PORT: new URL(sahab.address).port });
    expect(stderr).toContain(`a Sahab answers at ${sahab.address}, but its key is not in`);
    expect(stderr).not.toContain("npm start");
  });

  test("takes no key as an argument", async () => {
    expect((await run(["login", address, sahab.adminKey], trusted(), "")).status).toBe(2);
  });

  test("asks for the key in a terminal without showing it", async () => {
    let shown = "";
    const child = Bun.spawn([process.execPath, sahabProgram, "login", address], {
      env: cleanEnvironment({ SAHAB_DATA: home, ...trusted() }),
      terminal: { cols: 200, rows: 24, data: (_terminal, bytes) => void (shown += new TextDecoder().decode(bytes)) },
    });
    await eventually("the question", () => shown.includes("Admin key for"));
    // A wrong letter is taken back.
    child.terminal?.write(`${sahab.adminKey}x\u007f\r`);
    expect({ status: await child.exited, shown }).toMatchObject({ status: 0 });
    expect(shown).toContain("Commands now talk to");
    expect(shown).not.toContain(sahab.adminKey.slice(-12));
    expect(JSON.parse(readFileSync(loginFile(), "utf8"))).toMatchObject({ key: sahab.adminKey });
  });

  test("a file that others can read, or that is damaged, is not used", async () => {
    await login();
    chmodSync(loginFile(), 0o644);
    expect((await run(["models"], trusted())).stderr).toMatch(/can be read by other users.*644.*chmod 600/);
    chmodSync(loginFile(), 0o600);
    writeFileSync(loginFile(), `{"address":"${address}","key":"${sahab.adminKey}`);
    const { stderr } = await run(["models"], trusted());
    expect(stderr).toContain("is damaged");
    expect(stderr).not.toContain(sahab.adminKey);
  });
});
