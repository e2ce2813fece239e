import { afterAll, beforeAll, expect, test } from "bun:test";
import { CommandError } from "./command-error.ts";
import { fetchDocument } from "./fetch-document.ts";

let server: Bun.Server<undefined>;
beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: ({ url }) => {
      const { pathname } = new URL(url);
      if (pathname === "/silent") return new Promise<Response>(() => undefined);
      if (pathname === "/slow") return new Response(new ReadableStream({ pull: drip, cancel: () => undefined }));
      return new Response("text");
    },
  });
});
afterAll(() => server.stop(true));

async function drip(controller: ReadableStreamDefaultController): Promise<void> {
  await Bun.sleep(20);
  controller.enqueue(new Uint8Array([0x20]));
}

const fetchIt = (path: string, bounds = {}) =>
  fetchDocument(`http://127.0.0.1:${server.port}${path}`, {
    proxies: { http: undefined, https: undefined, none: "" },
    bytesMax: 1_000_000,
    wholeMs: 500,
    ...bounds,
  });
const failureOf = (fetching: Promise<string>) => fetching.catch((error: unknown) => error);

test("a document of this machine is fetched", async () => {
  expect(await fetchIt("/text")).toBe("text");
});

test("a server that is silent, or sends for ever, is given up in time", async () => {
  for (const path of ["/silent", "/slow"]) {
    const startedMs = performance.now();
    const failure = await failureOf(fetchIt(path));
    expect(failure).toBeInstanceOf(CommandError);
    expect((failure as Error).message).toContain("took longer than 0.5 s");
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  }
});

test("one that is too large is given up", async () => {
  expect(await failureOf(fetchIt("/text", { bytesMax: 3 }))).toMatchObject({
    message: expect.stringContaining("larger than 3 bytes") as never,
  });
});
