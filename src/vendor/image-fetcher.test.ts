import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { SahabError, toSahabError } from "../base/errors.ts";
import { Shares } from "../base/shares.ts";
import { Attempt } from "../call/index.ts";
import { eventually } from "../testing/eventually.ts";
import { ImageFetcher } from "./image-fetcher.ts";

// Images from servers that a caller chose: what comes, and where no address may lead.

let server: Bun.Server<undefined>;
/** One that is not allowed. */
let inside: Bun.Server<undefined>;
let asked: string[] = [];
let open = 0;
let mostOpen = 0;
let left = 0;
const large = randomBytes(1_000_003);
const png = { "content-type": "image/png" };

beforeAll(() => {
  inside = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => (asked.push("inside"), new Response("secret", { headers: png })),
  });
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      asked.push(pathname);
      const to = searchParams.get("to");
      if (to !== null) return new Response(null, { status: 302, headers: { location: to } });
      switch (pathname.split("/")[1] ?? "") {
        case "small":
          return new Response(`image of ${pathname}`, { headers: png });
        case "large":
          return new Response(large, { headers: { "content-type": "Image/JPG; a=b" } });
        case "counted":
          mostOpen = Math.max(mostOpen, ++open);
          await Bun.sleep(30);
          open--;
          return new Response("x", { headers: png });
        case "endless":
          return new Response(
            new ReadableStream({
              async pull(controller) {
                controller.enqueue(new Uint8Array(64 * 1024));
                await Bun.sleep(1);
              },
              cancel: () => void left++,
            }),
            { headers: png },
          );
        case "drip":
          return new Response(
            new ReadableStream({
              async pull(controller) {
                controller.enqueue(new Uint8Array(1));
                await Bun.sleep(50);
              },
              cancel: () => void left++,
            }),
            { headers: png },
          );
        case "silent":
          await Bun.sleep(5_000);
          return new Response("x", { headers: png });
        case "empty":
          return new Response("", { headers: png });
        case "page":
          return new Response("<html>", { headers: { "content-type": "text/html" } });
        case "untyped":
          return new Response(new Uint8Array(3));
        case "coded":
          return new Response("x", { headers: { ...png, "content-encoding": "br" } });
        default:
          return new Response("no", { status: 404, headers: png });
      }
    },
  });
});
afterEach(() => {
  asked = [];
});
afterAll(async () => {
  await server?.stop(true);
  await inside?.stop(true);
});

const proxies = { https: undefined, http: undefined, none: "" };
type Options = Partial<ConstructorParameters<typeof ImageFetcher>[0]>;
const fetcher = (options: Options = {}, shares?: Shares) =>
  new ImageFetcher({ hosts: `127.0.0.1:${server.port}`, proxies, ...options }, shares);
const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;
const beginAttempt = () => new Attempt({ provider: "p", model: "m" }, { tenant: { project: "one", keyId: "k" } });
const addressed = (urls: readonly string[]) =>
  urls.map((url, index) => ({ url, path: `messages[0].content[${index}]` }));

function fetchAll(urls: readonly string[], options?: Options, attempt = beginAttempt()) {
  return fetcher(options).fetch(addressed(urls), attempt);
}

async function fail(url: string, options?: Options): Promise<SahabError> {
  return toSahabError(
    await fetchAll([url], options).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    ),
  );
}

/** What a body becomes that names each image once. */
async function bodyOf(urls: readonly string[]): Promise<string> {
  const images = await fetchAll(urls);
  const body = JSON.stringify(urls.map((url) => images.dataUrls.get(url)));
  return Buffer.concat(images.putInto(Buffer.from(body))).toString();
}

describe("images come", () => {
  test("as they were sent, each in its own place", async () => {
    const urls = [at("/small/1"), at("/large"), at("/small/云"), at("/small/4?x=1")];
    const dataOf = (type: string, bytes: Buffer) => `data:image/${type};base64,${bytes.toString("base64")}`;
    expect(JSON.parse(await bodyOf(urls))).toEqual([
      dataOf("png", Buffer.from("image of /small/1")),
      dataOf("jpeg", large),
      dataOf("png", Buffer.from(`image of ${new URL(at("/small/云")).pathname}`)),
      dataOf("png", Buffer.from("image of /small/4")),
    ]);
  });

  test("where a redirect leads to an allowed host", async () => {
    const url = at(`/away?to=${encodeURIComponent("/small/there")}`);
    expect(await bodyOf([url])).toContain(Buffer.from("image of /small/there").toString("base64"));
  });

  test("a few at the same time, and not too many in all", async () => {
    const urls = Array.from({ length: 12 }, (_, index) => at(`/counted/${index}`));
    await fetchAll(urls);
    expect(mostOpen).toBeGreaterThan(1);
    expect(mostOpen).toBeLessThanOrEqual(4);
    asked = [];
    const error = await fetchAll(urls, { bounds: { imagesMax: 11 } }).catch((thrown: unknown) => thrown);
    expect(toSahabError(error)).toMatchObject({ code: "invalid_request", param: "messages[0].content[11]" });
    expect(asked).toEqual([]);
  });

  test("and one that is named too often is not sent", async () => {
    const images = await fetchAll([at("/large")]);
    const body = Buffer.from(JSON.stringify(Array.from({ length: 26 }, () => images.dataUrls.get(at("/large")))));
    expect(() => images.putInto(body)).toThrow("The images at addresses have more than");
  });
});

describe("an address does not lead", () => {
  const encode = encodeURIComponent;
  test("into this machine, a private network or a cloud's metadata, by name or number", async () => {
    const own = String(inside.port);
    const addresses = [
      `http://127.0.0.1:${own}/`,
      `http://localhost:${own}/`,
      `http://[::1]:${own}/`,
      `http://[::ffff:127.0.0.1]:${own}/`,
      `http://0.0.0.0:${own}/`,
      `http://2130706433:${own}/`,
      `http://0x7f.1:${own}/`,
      "http://169.254.169.254/latest/meta-data/",
      "http://10.0.0.1/",
      "http://192.168.1.1/",
      "http://[fd00::1]/",
      "http://[fe80::1]/",
    ];
    for (const url of addresses) {
      for (const one of [url, at(`/away?to=${encode(url)}`)]) {
        const error = await fail(one);
        expect(error).toMatchObject({ code: "invalid_request", status: 400, param: "messages[0].content[0]" });
        expect(error.message).toContain("SAHAB_MEDIA_HOSTS");
      }
    }
    expect(asked).not.toContain("inside");
  });

  test("elsewhere when its name resolves anew: the address that is connected to is the one that was checked", async () => {
    let count = 0;
    // A public address at which nobody listens, and at the next look-up this machine.
    const resolve = () => Promise.resolve([count++ % 2 === 0 ? "11.0.0.1" : "127.0.0.1"]);
    const told: string[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const bounds = { imageMsMax: 200 };
      told.push((await fail(`http://moves.example:${inside.port}/`, { resolve, bounds })).message);
    }
    expect(told.filter((message) => message.includes("is not a public address"))).toHaveLength(2);
    const mixed = () => Promise.resolve(["127.0.0.1", "10.1.2.3"]);
    expect((await fail(`http://mixed.example:${inside.port}/`, { resolve: mixed })).message).toContain("not a public");
    expect(asked).not.toContain("inside");
  });

  test("in circles, or to what is neither http nor https", async () => {
    expect((await fail(at(`/away?to=${encode("file:///etc/passwd")}`))).message).toContain("http and https");
    let url = at("/small");
    for (let hop = 0; hop < 12; hop++) url = at(`/away?to=${encode(url)}`);
    expect((await fail(url)).message).toContain("leads on more than 10 times");
  });

  test("with a user's name and password", async () => {
    const error = await fail(`http://user:word@127.0.0.1:${server.port}/small`);
    expect(error.message).toContain("a user or a password");
    expect(asked).toEqual([]);
  });
});

describe("what is no image of a fair size in a fair time is refused", () => {
  test.each([
    ["/none", "the server answered 404"],
    ["/page", 'found "text/html"'],
    ["/untyped", "expected a content type of images"],
    ["/coded", "content coding"],
    ["/empty", "it is empty"],
  ])("%s", async (path, words) => {
    expect((await fail(at(path))).message).toContain(words);
  });

  test("by the length that is told, and while it comes", async () => {
    const bounds = { imageBytesMax: 1_000_000 };
    expect((await fail(at("/large"), { bounds })).message).toContain("more than 1000000 bytes");
    left = 0;
    expect((await fail(at("/endless"), { bounds })).message).toContain("more than 1000000 bytes");
    await eventually("the server is left", () => left === 1);
  });

  test.each(["/silent", "/drip"])("slow: %s", async (path) => {
    const startedMs = performance.now();
    expect((await fail(at(path), { bounds: { imageMsMax: 300 } })).message).toContain("took longer than 0.3 s");
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test("where there is no server", async () => {
    const gone = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
    const { port } = gone;
    await gone.stop(true);
    expect(await fail(`http://127.0.0.1:${port}/`, { hosts: "127.0.0.1" })).toMatchObject({
      code: "invalid_request",
      param: "messages[0].content[0]",
    });
  });
});

test("a request that is given up ends its fetches", async () => {
  const attempt = beginAttempt();
  left = 0;
  const fetching = fetchAll([at("/drip/1"), at("/drip/2")], {}, attempt).catch((error: unknown) => error);
  await eventually("both are asked", () => asked.length === 2);
  const reason = new SahabError("client_closed_request", "gone");
  attempt.cancel(reason);
  expect(await fetching).toBe(reason);
  await eventually("both are left", () => left === 2);
});

test("one that fails ends the others", async () => {
  left = 0;
  const failure = await fetchAll([at("/drip/1"), at("/none")]).catch((error: unknown) => error);
  expect(toSahabError(failure).param).toBe("messages[0].content[1]");
  await eventually("the other is left", () => left === 1);
});

test("what is held for all requests is bounded, and given back", async () => {
  const shares = new Shares(3_000_000);
  const one = fetcher({}, shares);
  const images = await one.fetch(addressed([at("/large")]), beginAttempt());
  expect(shares.held).toBeGreaterThan(1_333_000);
  const error = await one
    .fetch(addressed([at("/large"), at("/large?again")]), beginAttempt())
    .catch((thrown: unknown) => thrown);
  expect(toSahabError(error).code).toBe("overloaded");
  images.release();
  images.release();
  await eventually("nothing is held", () => shares.held === 0);
});
