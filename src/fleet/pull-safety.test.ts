import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { kindOfAddress } from "../base/address-kind.ts";
import { resolveBySystem } from "../transport/index.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { sourcesOf } from "../testing/model-sources.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { checkModelFile, type ModelSources } from "./index.ts";
import { pullModel } from "./pull-model.ts";

// What a pull must not reach: addresses and files that its caller may not name, and files that are not what they should be.

let folder: string;
let modelsDir: string;
let body: Buffer;
let sha256: string;
/** Requests that came to each server. */
let asked: string[] = [];
let inside: Bun.Server<undefined>;
let front: Bun.Server<undefined>;
/** Where the front leads on to, and with which headers. */
let location = "";
let headers: Record<string, string> = {};

const serveModel = (name: string) => (request: Request) => {
  asked.push(name);
  const { pathname, searchParams } = new URL(request.url);
  if (pathname.startsWith("/away/")) return new Response(null, { status: 302, headers: { location, ...headers } });
  if (pathname.startsWith("/chunked/"))
    return new Response(
      new ReadableStream({
        async pull(controller) {
          controller.enqueue(new Uint8Array(64 * 1024));
          await Bun.sleep(1);
        },
      }),
    );
  if (searchParams.has("ok") || !searchParams.has("no")) return new Response(body, { headers });
  return new Response("no", { status: 404 });
};

beforeAll(async () => {
  folder = realpathSync(makeTemporaryFolder());
  modelsDir = join(folder, "models");
  await writeRandomModel(join(folder, "m.gguf"), { architecture: "llama", seed: 1 });
  body = readFileSync(join(folder, "m.gguf"));
  sha256 = createHash("sha256").update(body).digest("hex");
  front = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: serveModel("front") });
  inside = Bun.serve({ port: 0, hostname: "0.0.0.0", fetch: serveModel("inside") });
});
afterEach(() => {
  rmSync(modelsDir, { recursive: true, force: true });
  asked = [];
  headers = {};
});
afterAll(async () => {
  await front?.stop(true);
  await inside?.stop(true);
  removeTemporaryFolder(folder);
});

const pull = (
  source: string,
  more: { sha256?: string[]; bytesMax?: number } = {},
  sources: Partial<ModelSources> = {},
) =>
  pullModel(source, {
    sources: sourcesOf(modelsDir, sources),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  });
const fail = async (...args: Parameters<typeof pull>) => {
  const error = await pull(...args).then(
    () => new Error("it was pulled"),
    (thrown: unknown) => thrown as Error & { code?: string },
  );
  expect(existsSync(modelsDir) ? readdirSync(modelsDir) : []).toEqual([]);
  return error as Error & { code?: string };
};
const away = () => `http://127.0.0.1:${front.port}/away/m.gguf`;

describe("an address", () => {
  const hidden = [
    ["another port", () => `http://127.0.0.1:${inside.port}/m.gguf`],
    ["a number", () => `http://2130706433:${inside.port}/m.gguf`],
    ["hexadecimal", () => `http://0x7f.1:${inside.port}/m.gguf`],
    ["the unspecified address", () => `http://0.0.0.0:${inside.port}/m.gguf`],
    ["IPv6", () => `http://[::1]:${inside.port}/m.gguf`],
    ["mapped IPv4", () => `http://[::ffff:127.0.0.1]:${inside.port}/m.gguf`],
    ["a name", () => `http://localhost:${inside.port}/m.gguf`],
    ["a name with a dot", () => `http://localhost.:${inside.port}/m.gguf`],
    ["without a scheme", () => `//localhost:${inside.port}/m.gguf`],
    ["a private network", () => "http://10.0.0.1/m.gguf"],
    ["a cloud's metadata", () => "http://169.254.169.254/latest/meta-data"],
    ["a cloud's metadata over IPv6", () => "http://[fd00:ec2::254]/latest"],
    ["a cloud's metadata, mapped", () => "http://[::ffff:a9fe:a9fe]/latest"],
    ["link-local", () => "http://[fe80::1]/m.gguf"],
    ["a file", () => "file:///etc/passwd"],
    ["data", () => "data:text/plain,x"],
    ["nothing", () => ""],
  ] as const;
  test.each(hidden)("that leads on to %s is refused before anything is sent there", async (_name, target) => {
    location = target();
    const error = await fail(away());
    expect(error.code).toBe("invalid_request");
    expect(error.message).toMatch(
      /is not a public address|where http and https are allowed|to an address that is none/,
    );
    expect(asked).toEqual(["front"]);
  });

  test("may lead on at the same address, and to a host that the owner lists, but not for ever", async () => {
    location = "/there/m.gguf";
    expect(await pull(away())).toMatchObject({ file: "m.gguf" });
    location = `http://localhost:${inside.port}/m.gguf`;
    for (const hosts of ["localhost", `localhost:${inside.port}`, "127.0.0.0/8, ::1", "*"])
      expect(await pull(away(), {}, { hosts })).toMatchObject({ file: "m.gguf" });
    rmSync(modelsDir, { recursive: true });
    expect((await fail(away(), {}, { hosts: "other.example localhost:1" })).message).toContain("SAHAB_PULL_HOSTS");
    location = "/away/again/m.gguf";
    asked = [];
    expect((await fail(away())).message).toContain("leads on more than 10 times");
    expect(asked).toHaveLength(11);
  });

  test("of a private network or this machine is allowed where it is itself what was named", async () => {
    for (const host of ["127.0.0.1", "localhost"])
      expect(await pull(`http://${host}:${inside.port}/m.gguf`)).toMatchObject({ file: "m.gguf" });
  });

  test.each(["http://169.254.169.254/m.gguf", "http://[fe80::1]/m.gguf", "http://100.100.100.200/m.gguf"])(
    "of a cloud's metadata is refused even where it is named: %s",
    async (source) => {
      expect((await fail(source)).message).toContain("is not a public address");
    },
  );

  test("a name that resolves to an address of a private network does not name it", async () => {
    const own = hostname();
    const addresses = await resolveBySystem(own);
    expect(addresses.map(kindOfAddress)).not.toContain("public");
    const error = await fail(`http://${own}:${inside.port}/m.gguf`);
    expect(error.message).toContain("is not a public address");
    for (const address of addresses) expect(error.message).not.toContain(address);
    expect(asked).toEqual([]);
    expect(await pull(`http://${own}:${inside.port}/m.gguf`, {}, { hosts: own })).toMatchObject({ file: "m.gguf" });
  });

  test("with a password or a signature is shown without them", async () => {
    const source = `http://user:pa55word@127.0.0.1:${front.port}/m.gguf?no&signature=pa55word`;
    const error = await fail(source);
    expect(error.message).toContain(`Cannot fetch http://127.0.0.1:${front.port}/m.gguf?…: the server answered 404`);
    const [first, second] = await Promise.allSettled([pull(`${source}&ok`), pull(`${source}&ok`)]);
    expect(first.status).toBe("fulfilled");
    expect(String((second as PromiseRejectedResult).reason)).not.toContain("pa55word");
    rmSync(modelsDir, { recursive: true });
    expect((await fail("http://user:pa55word@[x/a.gguf?pa55word")).message).not.toContain("pa55word");
  });
});

describe("the hash of a file", () => {
  const wrong = "0".repeat(64);
  test("that is given is compared before the file gets its name", async () => {
    for (const source of [`http://127.0.0.1:${front.port}/m.gguf`, join(folder, "m.gguf")]) {
      expect(await pull(source, { sha256: [sha256.toUpperCase()] }, { isOwner: true })).toMatchObject({
        file: "m.gguf",
      });
      rmSync(modelsDir, { recursive: true });
      const error = await fail(source, { sha256: [wrong] }, { isOwner: true });
      expect(error.message).toContain(`${wrong} was asked for`);
      expect(error.message).not.toContain(sha256);
    }
    expect((await fail(`http://127.0.0.1:${front.port}/m.gguf`, { sha256: [sha256, sha256] })).message).toContain(
      "has 1 files, and 2 SHA-256 are given",
    );
  });

  test.each(["x-linked-etag", "docker-content-digest"])("that the hub tells (%s) is compared", async (name) => {
    location = "/there/m.gguf";
    const told = (hash: string) => ({ [name]: name.startsWith("x") ? `"${hash}"` : `sha256:${hash}` });
    headers = told(wrong);
    expect((await fail(away())).message).toContain(`${wrong} is what the hub tells`);
    headers = told(sha256);
    expect(await pull(away())).toMatchObject({ file: "m.gguf" });
    // Small files have another kind of hash there.
    headers = told("a".repeat(40));
    expect(await pull(away())).toMatchObject({ file: "m.gguf" });
  });

  test("that is a registry's name for the file is compared", async () => {
    const blob = (hash: string) => `http://127.0.0.1:${front.port}/v2/library/m/blobs/sha256:${hash}`;
    expect(await pull(blob(sha256))).toMatchObject({ file: `sha256-${sha256}.gguf` });
    rmSync(modelsDir, { recursive: true });
    expect((await fail(blob(wrong))).message).toContain(wrong);
  });
});

describe("a file that is too large", () => {
  test("is refused by the length that is told, before it comes", async () => {
    const error = await fail(`http://127.0.0.1:${front.port}/m.gguf`, { bytesMax: 1000 });
    expect(error.code).toBe("invalid_request");
    expect(error.message).toContain(`has at least ${body.length} bytes; at most 1000 are allowed`);
  });
  test("is given up while it comes, where no length is told", async () => {
    const error = await fail(`http://127.0.0.1:${front.port}/chunked/m.gguf`, { bytesMax: 1_000_000 });
    expect(error.message).toContain("at most 1000000 are allowed");
  });
  test("of this machine is refused, too", async () => {
    expect((await fail(join(folder, "m.gguf"), { bytesMax: 1000 }, { isOwner: true })).message).toContain(
      "at most 1000",
    );
  });
});

describe("a file of this machine", () => {
  const words = (error: Error, path: string) => error.message.replaceAll(path, "PATH");

  test("outside of the allowed folders is refused in the same words, whether it exists or not", async () => {
    const paths = [
      join(folder, "m.gguf"),
      join(folder, "none.gguf"),
      "/etc/passwd",
      "/etc/none",
      "/proc/self/environ",
      "/dev/zero",
      `${modelsDir}/../m.gguf`,
    ];
    const texts = new Set<string>();
    for (const path of paths) texts.add(words(await fail(path), path));
    for (const path of paths.slice(0, 6)) texts.add(words(await fail(`file://${path}`), path));
    expect([...texts]).toEqual([expect.stringContaining("PATH is in no folder from which models may be taken")]);
    // The same holds for a file that the configuration names.
    for (const path of paths.slice(0, 5))
      expect(words((await checkModelFile(sourcesOf(modelsDir), "m", path).catch((e: Error) => e)) as Error, path)).toBe(
        `models "m": ${[...texts][0]}`,
      );
  });

  test("in an allowed folder is pulled; a link there must not lead out of it", async () => {
    const allowed = join(folder, "allowed");
    mkdirSync(join(allowed, "sub"), { recursive: true });
    writeFileSync(join(allowed, "sub", "in.gguf"), body);
    writeFileSync(join(folder, "secret.gguf"), "secret");
    symlinkSync(join(folder, "secret.gguf"), join(allowed, "out.gguf"));
    symlinkSync(folder, join(allowed, "up"));
    symlinkSync(join(allowed, "sub", "in.gguf"), join(allowed, "within.gguf"));
    symlinkSync(allowed, join(folder, "also"));
    for (const folders of [[allowed], [join(folder, "also")]]) {
      for (const path of ["sub/in.gguf", "within.gguf", "sub/../sub/in.gguf"])
        expect(await pull(join(allowed, path), {}, { folders })).toMatchObject({ warnings: [] });
      rmSync(modelsDir, { recursive: true });
      for (const path of ["out.gguf", "up/secret.gguf", "../secret.gguf"]) {
        const error = await fail(`${allowed}/${path}`, {}, { folders });
        expect(error.message).toContain("is in no folder from which");
      }
    }
    // A folder whose name only begins alike is another one.
    mkdirSync(`${allowed}-not`);
    writeFileSync(join(`${allowed}-not`, "in.gguf"), body);
    expect((await fail(join(`${allowed}-not`, "in.gguf"), {}, { folders: [allowed] })).message).toContain(
      "in no folder",
    );
    expect((await fail(join(allowed, "none.gguf"), {}, { folders: [allowed] })).message).toContain("There is no file");
    expect((await fail(join(allowed, "sub"), {}, { folders: [allowed] })).message).toContain("There is no file");
  });

  test("that is no model shows nothing of what is in it", async () => {
    const path = join(folder, "text.gguf");
    writeFileSync(path, "root:x:0:0:a secret that nobody should see");
    const error = await fail(path, {}, { isOwner: true });
    expect(error.message).toContain("does not start with the bytes 47 47 55 46 (GGUF)");
    expect(error.message).not.toMatch(/root|72 6f 6f 74|secret/);
  });
});

test("what another has put in a part's place is neither continued nor written through", async () => {
  const source = `http://127.0.0.1:${front.port}/m.gguf`;
  const victim = join(folder, "victim");
  writeFileSync(victim, "mine");
  const part = join(modelsDir, `.m.gguf.${createHash("sha256").update(source).digest("hex").slice(0, 32)}.part`);
  mkdirSync(modelsDir);
  symlinkSync(victim, part);
  writeFileSync(`${part}.version`, '"one"');
  headers = { etag: '"one"' };
  expect(await pull(source)).toMatchObject({ file: "m.gguf" });
  expect(readFileSync(victim, "utf8")).toBe("mine");
  expect(readFileSync(join(modelsDir, "m.gguf")).equals(body)).toBeTrue();
});
