import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer } from "node:http";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The environment's proxies on a machine that the command line also uses for a Sahab of its own.

let sahab: TestSahab;
/** A proxy that lets nobody through. */
const proxy = createServer((_, response) => response.writeHead(503, { "content-type": "text/html" }).end("<p>no</p>"));
proxy.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
let address: string;

beforeAll(async () => {
  proxy.listen(0, "127.0.0.1");
  const { port } = proxy.address() as { port: number };
  address = `127.0.0.1:${port}`;
  sahab = await runSahab();
});
afterAll(async () => {
  await sahab?.close();
  proxy.closeAllConnections();
  proxy.close();
});

const through = (value: string) => ({ HTTPS_PROXY: value, HTTP_PROXY: value, https_proxy: value, http_proxy: value });

test("no proxy, dead or wrongly written, keeps a command from the server of this machine", async () => {
  for (const value of ["http://127.0.0.1:1", "socks5://proxy:1080", "http://"]) {
    const { stderr, status } = await sahab.command(["models"], { env: through(value) });
    expect({ value, stderr, status }).toEqual({ value, stderr: "", status: 0 });
  }
  const doctor = await sahab.command(["doctor"], { env: through("socks5://proxy:1080") });
  expect(doctor.stdout).toMatch(
    /PROBLEM +proxy: https_proxy is not the address of an HTTP proxy.*does not start with it/,
  );
  expect(doctor.stdout).toMatch(/ok +server: ready/);
});

test("a proxy on the way to another machine is named where the call fails", async () => {
  const ask = async (url: string, env: Record<string, string>) => {
    const { stdout, stderr, status } = await sahab.command(["models"], { env: { ...env, SAHAB_URL: url } });
    expect(stdout).toBe("");
    return { stderr: stderr.replace(/^warning: .*\n/, ""), status };
  };
  const way = (variable: string, said = "") =>
    `; it was called through the proxy ${address} (${variable})${said}; NO_PROXY lists what is called without it\n`;
  const refused = await ask("https://far.invalid", through(`http://user:pa55word@${address}`));
  expect(refused.stderr).toStartWith(
    "No Sahab answers at https://far.invalid, which SAHAB_URL names (ERR_PROXY_TUNNEL)",
  );
  expect(refused.stderr).toEndWith(way("HTTPS_PROXY", ", which answered 403 Forbidden"));
  expect(refused.stderr).not.toContain("pa55");
  expect(await ask("http://far.invalid", through(address))).toEqual({
    stderr: `The server answered with status 503${way("HTTP_PROXY")}`,
    status: 1,
  });
  const direct = await ask("https://far.invalid", { ...through(address), NO_PROXY: ".invalid" });
  expect(direct.stderr).toMatch(/^No Sahab answers at https:\/\/far\.invalid/);
  expect(direct.stderr).not.toContain("proxy");
  const wrong = await ask("https://far.invalid", through("socks5://proxy:1080"));
  expect(wrong.stderr).toMatch(/^https_proxy is not .*far\.invalid would be reached through it \(NO_PROXY/);
  expect(wrong.status).toBe(2);
});

test("a server does not start with a proxy's address that is wrong", async () => {
  const { stderr, status } = await sahab.command(["up"], {
    env: { SAHAB_PORT: "0", ...through("socks5://proxy:1080") },
  });
  expect(stderr).toMatch(/^https_proxy is not the address of an HTTP proxy/);
  expect(status).toBe(2);
});
