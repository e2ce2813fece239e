import { afterAll, beforeAll, expect, test } from "bun:test";
import { TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = new TestSahab({ config: {} });
  await sahab.start();
});
afterAll(() => sahab.close());

/** The answer as it comes over the wire, without what fetch does to it. */
function ask(
  path: string,
  init: { method?: string; accept?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const { accept = "br", ...rest } = init;
  return fetch(sahab.address + path, {
    decompress: false,
    ...rest,
    headers: { "accept-encoding": accept, ...rest.headers },
  });
}

test("the page is served at every address of the console under a strict policy, its files by their names for ever", async () => {
  const texts = new Set<string>();
  for (const path of ["/", "/console", "/console/keys", "/console/requests/req_1?a=b"]) {
    const response = await fetch(sahab.address + path);
    expect({ path, status: response.status }).toEqual({ path, status: 200 });
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    texts.add(await response.text());
  }
  expect(texts.size).toBe(1);
  const [html = ""] = texts;
  // Nothing stands in the page itself that the policy would stop.
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(assets.length).toBeGreaterThan(2);
  for (const path of assets) {
    const response = await ask(path);
    expect({ path, status: response.status, coding: response.headers.get("content-encoding") }).toEqual({
      path,
      status: 200,
      coding: "br",
    });
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("a file is the same in every coding, and HEAD leaves out its body", async () => {
  const html = await (await fetch(sahab.address)).text();
  const path = /src="(\/assets\/index-[^"]+\.js)"/.exec(html)?.[1] ?? "";
  const plain = await ask(path, { accept: "br;q=0, identity" });
  expect(plain.headers.get("content-encoding")).toBeNull();
  const text = await plain.text();
  for (const accept of ["br", "gzip", "deflate, gzip;q=0.5", "GZIP, BR"]) {
    const response = await fetch(sahab.address + path, { headers: { "accept-encoding": accept } });
    expect({ accept, isSame: (await response.text()) === text }).toEqual({ accept, isSame: true });
  }
  const head = await ask(path, { method: "HEAD" });
  expect([head.status, (await head.bytes()).length]).toEqual([200, 0]);
});

test("nothing outside the build is served", async () => {
  for (const path of [
    "/assets/",
    "/assets/none-12345678.js",
    "/assets/..%2findex.html",
    "/assets/%2e%2e/manifest.json",
  ])
    expect({ path, status: (await ask(path)).status }).toEqual({ path, status: 404 });
  expect((await ask("/assets/x.js", { headers: { host: "evil.example" } })).status).toBe(403);
  expect((await ask("/console/keys", { headers: { host: "evil.example" } })).status).toBe(403);
  expect((await ask("/console/keys", { method: "POST" })).status).toBe(404);
});

test("HEAD / is a probe's, and a page's where a page is asked for", async () => {
  expect((await ask("/", { method: "HEAD" })).status).toBe(404);
  expect((await ask("/", { method: "HEAD", headers: { accept: "text/html" } })).status).toBe(200);
});
