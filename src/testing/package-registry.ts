import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const integrityOf = (bytes: Buffer) => `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** A package registry over HTTP that gives what it likes. All versions are 1.0.0. */
export class PackageRegistry {
  /** Package → archive. */
  readonly archives = new Map<string, Buffer>();
  /** Packages whose archives stop after their first bytes, for ever. */
  readonly stalled = new Set<string>();
  /** How long the answer to a ping takes. */
  pingMs = 0;
  readonly #folder: string;
  readonly #server: Bun.Server<undefined>;

  /** `folder` is for its own files. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: async (request) => {
        const path = new URL(request.url).pathname;
        if (path === "/-/ping") await Bun.sleep(this.pingMs);
        return this.#answer(path);
      },
    });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  stop(): Promise<void> {
    return this.#server.stop(true);
  }

  /** Packs a package of this name, whose install script would leave a file "ran" in the folder. */
  pack(name: string, more: object = {}, files: Record<string, Uint8Array> = {}): Buffer {
    const source = join(this.#folder, "pack");
    const scripts = { postinstall: `node -e "require('fs').writeFileSync('${this.#folder}/ran','')"` };
    rmSync(source, { recursive: true, force: true });
    mkdirSync(join(source, "package"), { recursive: true });
    const manifest = JSON.stringify({ name, version: "1.0.0", scripts, ...more });
    for (const [file, content] of Object.entries({ "package.json": manifest, ...files }))
      writeFileSync(join(source, "package", file), content);
    Bun.spawnSync(["tar", "-czf", join(this.#folder, "p.tgz"), "-C", source, "package"]);
    return readFileSync(join(this.#folder, "p.tgz"));
  }

  /** Of a package as a lock has it. */
  locked(name: string, more: object = {}): object {
    return {
      version: "1.0.0",
      integrity: integrityOf(this.archives.get(name) as Buffer),
      hasInstallScript: true,
      ...more,
    };
  }

  #answer(path: string): Response {
    const [, name = "", file] = path.split("/");
    const archive = this.archives.get(name);
    if (!archive) return new Response("{}", { status: 404 });
    if (file !== undefined) return new Response(this.stalled.has(name) ? endless(archive) : new Uint8Array(archive));
    const dist = { tarball: `${this.url}/${name}/a.tgz`, integrity: integrityOf(archive) };
    const versions = { "1.0.0": { name, version: "1.0.0", hasInstallScript: true, dist } };
    return Response.json({ name, "dist-tags": { latest: "1.0.0" }, versions });
  }
}

function endless(archive: Buffer): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(archive.subarray(0, 20))) });
}
