import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { pullModel } from "./pull-model.ts";

let folder: string;
let modelsDir: string;
let first: Buffer;
let second: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sahab-pull-"));
  modelsDir = join(folder, "models");
  for (const seed of [1, 2]) await writeRandomModel(join(folder, `${seed}.gguf`), { architecture: "llama", seed });
  first = readFileSync(join(folder, "1.gguf"));
  second = readFileSync(join(folder, "2.gguf"));
});
afterEach(() => rmSync(modelsDir, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pull = (source: string, place?: (file: string) => string) =>
  pullModel(source, {
    modelsDir,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...(place && { place }),
  });
const failure = async (source: string) => {
  const error = await pull(source).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SahabError);
  return error as SahabError;
};
const leftOver = () => readdirSync(modelsDir).toSorted();

test.each(["http://", "https://", "http:", "http://[x/a.gguf", "http://127.0.0.1:1/%zz.gguf", "file://other/a.gguf"])(
  "%s is refused as an address",
  async (source) => {
    const error = await failure(source);
    expect(error.code).toBe("invalid_request");
    expect(error.message).toContain(`${source} is not a valid address`);
  },
);

test("a file that is no model is refused, with its source in the message", async () => {
  const source = join(folder, "text.gguf");
  writeFileSync(source, "no model, but long enough to be read");
  const error = await failure(source);
  expect(error.code).toBe("invalid_request");
  expect(error.message).toContain(`${source} is damaged or not in GGUF format`);
  expect(error.message).not.toContain(".part");
  expect(leftOver()).toEqual([]);
});

test("nothing is fetched when the name is refused, or twice at a time", async () => {
  let fetched = 0;
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (fetched++, new Response(first)) });
  const url = `http://127.0.0.1:${server.port}/a.gguf`;
  try {
    const refuse = (file: string) => {
      throw new SahabError("conflict", `not ${file}`);
    };
    expect(await pull(url, refuse).catch(String)).toContain("not a.gguf");
    expect(fetched).toBe(0);
    const [one, two] = await Promise.allSettled([pull(url), pull(url)]);
    expect([one.status, two.status]).toEqual(["fulfilled", "rejected"]);
    expect(fetched).toBe(1);
    // Two sources with the same file name would write the same file.
    const [three, four] = await Promise.allSettled([pull(url), pull(`${url}?other`)]);
    expect([three.status, four.status]).toEqual(["fulfilled", "rejected"]);
    expect(fetched).toBe(2);
  } finally {
    await server.stop(true);
  }
});

describe("a download that was cut", () => {
  /** Cuts the first answer in half; afterwards serves `later`, which may be another version of the file. */
  function serve(options: {
    headers: (body: Buffer) => Record<string, string>;
    later: Buffer;
    ignoresIfRange?: boolean;
  }) {
    const asked: { range: string | null; ifRange: string | null }[] = [];
    let body = first;
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, data) {
          const of = (name: string) => new RegExp(`^${name}: (.*)\r$`, "im").exec(data.toString())?.[1] ?? null;
          const [range, ifRange] = [of("range"), of("if-range")];
          asked.push({ range, ifRange });
          const headers = options.headers(body);
          const same = options.ignoresIfRange || ifRange === (headers["etag"] ?? headers["last-modified"]);
          const from = range !== null && same ? Number(/\d+/.exec(range)?.[0]) : 0;
          const fields = {
            ...headers,
            ...(from > 0 && { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` }),
            "content-length": body.length - from,
            connection: "close",
          };
          const sent = asked.length === 1 ? body.subarray(0, body.length / 2) : body.subarray(from);
          body = options.later;
          const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
          rest = Buffer.concat([
            Buffer.from(`HTTP/1.1 ${from > 0 ? "206 Partial Content" : "200 OK"}\r\n${head.join("")}\r\n`),
            sent,
          ]);
          flush(socket);
        },
        drain: (socket) => flush(socket),
      },
    });
    let rest = Buffer.alloc(0);
    function flush(socket: Bun.Socket) {
      rest = rest.subarray(socket.write(rest));
      // fetch may lose bytes that arrive together with the end.
      if (rest.length === 0) setTimeout(() => socket.end(), 30);
    }
    return { asked, url: `http://127.0.0.1:${server.port}/m.gguf`, stop: () => server.stop(true) };
  }
  const etag = (body: Buffer) => ({ etag: body === first ? '"one"' : '"two"' });
  const date = new Date(1_700_000_000_000).toUTCString();
  const cases: {
    name: string;
    headers: (body: Buffer) => Record<string, string>;
    changes: boolean;
    ignoresIfRange?: boolean;
    ifRange: string | null;
    requests: number;
  }[] = [
    { name: "continues by its ETag", headers: etag, changes: false, ifRange: '"one"', requests: 2 },
    { name: "starts over when the ETag has changed", headers: etag, changes: true, ifRange: '"one"', requests: 2 },
    {
      name: "starts over when the server ignores If-Range",
      headers: etag,
      changes: true,
      ignoresIfRange: true,
      ifRange: '"one"',
      requests: 3,
    },
    {
      name: "continues by its date",
      headers: () => ({ "last-modified": date, date: new Date().toUTCString() }),
      changes: false,
      ifRange: date,
      requests: 2,
    },
    {
      name: "starts over by a weak ETag",
      headers: () => ({ etag: 'W/"1"' }),
      changes: true,
      ifRange: null,
      requests: 2,
    },
    { name: "starts over without either", headers: () => ({}), changes: true, ifRange: null, requests: 2 },
  ];
  test.each(cases)("$name", async ({ headers, changes, ignoresIfRange, ifRange, requests }) => {
    const wanted = changes ? second : first;
    const server = serve({ headers, later: wanted, ...(ignoresIfRange && { ignoresIfRange }) });
    try {
      const error = await failure(server.url);
      expect(error.code).toBe("upstream_unreachable");
      expect(error.message.endsWith("to continue from there")).toBe(ifRange !== null);
      expect(await pull(server.url)).toBe("m.gguf");
    } finally {
      server.stop();
    }
    expect(server.asked).toHaveLength(requests);
    expect(server.asked[1]?.ifRange).toBe(ifRange);
    expect(server.asked[1]?.range === null).toBe(ifRange === null);
    expect(readFileSync(join(modelsDir, "m.gguf")).equals(wanted)).toBeTrue();
    expect(leftOver()).toEqual(["m.gguf"]);
  });
});
