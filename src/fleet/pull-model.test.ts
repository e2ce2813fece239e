import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import { writeRandomModel, writeRandomParts } from "../testing/gguf/random-model.ts";
import { sourcesOf } from "../testing/model-sources.ts";
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
    sources: sourcesOf(modelsDir, { isOwner: true }),
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

test.each([
  "https://name:se/cret@[x/a.gguf",
  "https://name:se@cret@[x/a.gguf?token=secret",
  "https://name:se?cret@[x/a.gguf",
  "https://[x/a.gguf?token=name@secret",
])("of %s, which is no address, the error shows neither a password nor the query", async (source) => {
  const { message } = await failure(source);
  expect(message).toMatch(/^https:\/\/.* is not a valid address/);
  expect(message).not.toMatch(/cret|name/);
});

test("a file that is no model is refused, with its source in the message", async () => {
  const source = join(folder, "text.gguf");
  writeFileSync(source, "no model, but long enough to be read");
  const error = await failure(source);
  expect(error.code).toBe("invalid_request");
  expect(error.message).toContain(`${source} is damaged or not in GGUF format`);
  expect(error.message).not.toContain(".part");
  expect(leftOver()).toEqual([]);
});

test.each([
  ["My Model 模型.gguf", "My-Model.gguf"],
  ["模型.gguf", "model.gguf"],
  ["x".repeat(230), `${"x".repeat(180)}.gguf`],
])("a file %j is stored as %j", async (name, stored) => {
  writeFileSync(join(folder, name), first);
  expect(await pull(join(folder, name))).toMatchObject({ file: stored });
  expect(leftOver()).toEqual([stored]);
});

test("nothing is fetched when the name is refused; one model is fetched once at a time", async () => {
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
    expect([one.status, two.status]).toEqual(["fulfilled", "fulfilled"]);
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
      expect(await pull(server.url)).toMatchObject({ file: "m.gguf", warnings: [] });
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

describe("a model in parts", () => {
  const names = ["big-00001-of-00003.gguf", "big-00002-of-00003.gguf", "big-00003-of-00003.gguf"];
  const at = (name: string) => join(folder, "parts", name);
  beforeAll(() => {
    mkdirSync(join(folder, "parts"));
    writeRandomParts(names.map(at), { architecture: "llama" });
  });
  const serveParts = (missing?: string) =>
    Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        const name = new URL(request.url).pathname.slice(1);
        return names.includes(name) && name !== missing
          ? new Response(Bun.file(at(name)))
          : new Response("no", { status: 404 });
      },
    });

  test("is pulled whole, whichever part is named", async () => {
    const server = serveParts();
    try {
      for (const source of [at(names[1] ?? ""), `http://127.0.0.1:${server.port}/${names[2]}?x=${names[2]}`]) {
        expect(await pull(source)).toMatchObject({ file: "big-00001-of-00003.gguf", warnings: [] });
        expect(leftOver()).toEqual(names);
        for (const name of names) expect(readFileSync(join(modelsDir, name))).toEqual(readFileSync(at(name)));
        rmSync(modelsDir, { recursive: true });
      }
    } finally {
      await server.stop(true);
    }
  });

  test("is pulled whole where its name has spaces and letters of other languages", async () => {
    for (const name of names) copyFileSync(at(name), at(name.replace("big", "大 big")));
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => new Response(Bun.file(join(folder, decodeURIComponent(new URL(request.url).pathname)))),
    });
    const [, second = ""] = names.map((name) => at(name.replace("big", "大 big")));
    try {
      for (const source of [second, `${server.url.origin}${encodeURI(second.slice(folder.length))}`]) {
        expect(await pull(source)).toMatchObject({ file: "big-00001-of-00003.gguf" });
        expect(leftOver()).toEqual(names);
        rmSync(modelsDir, { recursive: true });
      }
    } finally {
      await server.stop(true);
    }
  });

  test("is stored under the name that it is given", async () => {
    expect(await pull(at(names[0] ?? ""), () => "other-00001-of-00003.gguf")).toMatchObject({
      file: "other-00001-of-00003.gguf",
    });
    expect(leftOver()).toEqual(names.map((name) => name.replace("big", "other")));
  });

  test("of which one is missing is refused with its name, and nothing is fetched", async () => {
    const server = serveParts(names[1]);
    try {
      const base = `http://127.0.0.1:${server.port}`;
      const error = await failure(`${base}/${names[0]}`);
      expect(error.message).toBe(
        `The model of ${base}/${names[0]} has 3 parts, and 1 are missing: ${base}/${names[1]}`,
      );
      expect(leftOver()).toEqual([]);
    } finally {
      await server.stop(true);
    }
    const alone = join(folder, "alone-00002-of-00002.gguf");
    writeFileSync(alone, readFileSync(at(names[1] ?? "")));
    expect((await failure(alone)).message).toContain(`1 are missing: ${join(folder, "alone-00001-of-00002.gguf")}`);
  });

  test("that is not what its names say is refused", async () => {
    const lone = join(folder, "lone.gguf");
    writeFileSync(lone, readFileSync(at(names[0] ?? "")));
    expect((await failure(lone)).message).toContain("is part 1 of 3");
    const whole = join(folder, "whole-00001-of-00001.gguf");
    writeFileSync(whole, first);
    expect(await pull(whole)).toMatchObject({ file: "whole-00001-of-00001.gguf" });
    rmSync(modelsDir, { recursive: true });
    for (const [index, name] of names.entries())
      writeFileSync(join(folder, name.replace("big", "mixed")), readFileSync(at(names[(index + 1) % 3] ?? "")));
    expect((await failure(join(folder, "mixed-00001-of-00003.gguf"))).message).toContain(
      "is part 2 of 3, though its name says 1 of 3",
    );
    expect(leftOver()).toEqual([]);
  });
});

describe("a model's chat template", () => {
  const write = async (chatTemplate: string) => {
    const source = join(folder, "templated.gguf");
    await writeRandomModel(source, { architecture: "llama", chatTemplate });
    return source;
  };
  test("that cannot be read is a reason to refuse the model", async () => {
    const source = await write("{%- for m in messages %}{{- m.role + m.content }}{%- endfr %}");
    expect((await failure(source)).message).toBe(
      `The model file ${source} has a chat template that cannot be read: Unknown statement type: endfr`,
    );
    expect(leftOver()).toEqual([]);
  });
  test("that cannot render everything is a warning", async () => {
    const source = await write(
      "{%- for m in messages %}{{- m.content }}{%- endfor %}{%- if tools %}{{- tools[0].function.kind.upper() }}{%- endif %}",
    );
    expect(await pull(source)).toMatchObject({
      file: "templated.gguf",
      warnings: ["the chat template: it cannot render tools: 'upper' is 'Undefined' and cannot be called"],
    });
  });
});
