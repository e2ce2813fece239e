import { createHash } from "node:crypto";

/** A repository by its name: the contents of its files by their paths. */
type Repositories = Record<string, Record<string, Uint8Array>>;

interface HubRequest {
  /** Which of the two was asked: the hub itself, or the store to which it leads for large files. */
  at: "hub" | "store";
  path: string;
  range: string | null;
  authorization: string | null;
  cookie: string | null;
}

/** What a test may change while the hub runs. */
interface HubBehaviour {
  /** Entries on a page of a listing. */
  pageFiles: number;
  /** Repositories for which a token is needed; null for one that even those with a token may not read. */
  gated: Map<string, string | null>;
  /** So many answers of the store are cut after half of what they should have. */
  cuts: number;
  /** Bytes that the store sends before it waits for `release`. */
  holdAfterBytes: number;
  /** Hashes that the listing tells in place of the right ones, by path. */
  wrongHashes: Map<string, string>;
  /** Sizes in bytes that the listing tells in place of the right ones, by path. */
  sizes: Map<string, number>;
  /** The hub answers this to all. */
  status: number | undefined;
}

/**
 * Hugging Face and ModelScope over real HTTP: their listings, where files are, and the store elsewhere to which they lead. Both have
 * the same repositories.
 */
export function startFakeHub(repositories: Repositories) {
  const asked: HubRequest[] = [];
  const behaviour: HubBehaviour = {
    pageFiles: 1000,
    gated: new Map(),
    cuts: 0,
    holdAfterBytes: Number.POSITIVE_INFINITY,
    wrongHashes: new Map(),
    sizes: new Map(),
    status: undefined,
  };
  const waiting: (() => void)[] = [];
  const note = (at: HubRequest["at"], request: Request) => {
    const { pathname, search } = new URL(request.url);
    const { headers } = request;
    const [range, authorization, cookie] = ["range", "authorization", "cookie"].map((name) => headers.get(name));
    asked.push({
      at,
      path: `${pathname}${search}`,
      range: range ?? null,
      authorization: authorization ?? null,
      cookie: cookie ?? null,
    });
  };
  const store = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    fetch(request) {
      note("store", request);
      const [, owner = "", name = "", ...path] = new URL(request.url).pathname.split("/");
      const body = repositories[`${owner}/${name}`]?.[decodeURIComponent(path.join("/"))];
      if (!body) return new Response("gone", { status: 403 });
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
      const rest = body.subarray(from);
      const isCut = behaviour.cuts > 0;
      if (isCut) behaviour.cuts--;
      return new Response(streamOf(rest, isCut), {
        status: from > 0 ? 206 : 200,
        headers: {
          "content-length": `${rest.length}`,
          ...(from > 0 && { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` }),
        },
      });
    },
  });

  function streamOf(body: Uint8Array, isCut: boolean): ReadableStream<Uint8Array> {
    let sent = 0;
    return new ReadableStream({
      async pull(controller) {
        if (isCut && sent >= body.length / 2) {
          // No more comes, though the hub has told more bytes.
          controller.close();
          return;
        }
        if (sent >= behaviour.holdAfterBytes) await new Promise<void>((resolve) => waiting.push(resolve));
        const piece = body.subarray(sent, sent + 16 * 1024);
        sent += piece.length;
        if (piece.length > 0) controller.enqueue(piece);
        if (sent >= body.length && !isCut) controller.close();
        else await Bun.sleep(1);
      },
    });
  }

  const refuse = (status: number, code: string) =>
    new Response("refused", { status, headers: { "x-error-code": code, "x-error-message": code } });

  /** A refusal of the hub, or undefined where the repository may be read. */
  function gate(repository: string, request: Request, isListing: boolean): Response | undefined {
    if (behaviour.status !== undefined) return new Response("no", { status: behaviour.status });
    if (!repositories[repository]) return refuse(401, "RepoNotFound");
    const token = behaviour.gated.get(repository);
    // What a gated repository has may be seen by all.
    if (token === undefined || isListing) return undefined;
    const sent = request.headers.get("authorization");
    if (sent === null) return refuse(401, "GatedRepo");
    return sent === `Bearer ${token}` ? undefined : refuse(403, "GatedRepo");
  }

  const hub = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      note("hub", request);
      const url = new URL(request.url);
      const listing = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/([^/]+)$/.exec(url.pathname);
      if (listing) {
        const [, repository = "", revision] = listing;
        const refused = gate(repository, request, true);
        if (refused) return refused;
        if (revision !== "main" && revision !== "v1%2Fx") return refuse(404, "RevisionNotFound");
        const start = Number(url.searchParams.get("cursor") ?? 0);
        const all = Object.entries(repositories[repository] ?? {}).map(([path, body]) => ({
          type: "file",
          oid: "0".repeat(40),
          path,
          size: body.length,
          ...(path.endsWith(".gguf") && {
            lfs: { oid: hashOf(path, body), size: behaviour.sizes.get(path) ?? body.length, pointerSize: 134 },
          }),
        }));
        const page = [{ type: "directory", path: "folder", oid: "0".repeat(40), size: 0 }, ...all].slice(
          start,
          start + behaviour.pageFiles,
        );
        const next = start + behaviour.pageFiles;
        // As a mirror does that passes the hub's own header on.
        const link = `<https://huggingface.co${url.pathname}?recursive=true&cursor=${next}>; rel="next"`;
        return Response.json(page, { headers: next <= all.length ? { link } : {} });
      }
      const files = /^\/api\/v1\/models\/([^/]+\/[^/]+)\/repo\/files$/.exec(url.pathname);
      if (files) {
        const repository = files[1] ?? "";
        if (!repositories[repository])
          return Response.json({ Code: 10010205001, Message: "record not found", Success: false }, { status: 404 });
        const list = Object.entries(repositories[repository]).map(([path, body]) => ({
          Name: path.split("/").at(-1),
          Path: path,
          Type: "blob",
          Size: body.length,
          Sha256: hashOf(path, body),
        }));
        return Response.json({ Code: 200, Data: { Files: list }, Success: true });
      }
      const file = /^(?:\/models)?\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
      const [, repository = "", , path = ""] = file ?? [];
      const refused = gate(repository, request, false);
      if (refused) return refused;
      if (!repositories[repository]?.[decodeURIComponent(path)]) return refuse(404, "EntryNotFound");
      return Response.redirect(`http://127.0.0.1:${store.port}/${repository}/${path}?signature=abc`, 302);
    },
  });

  const hashOf = (path: string, body: Uint8Array) =>
    behaviour.wrongHashes.get(path) ?? createHash("sha256").update(body).digest("hex");

  return {
    asked,
    behaviour,
    endpoint: `http://127.0.0.1:${hub.port}`,
    /** What SAHAB_PULL_HOSTS must list, since the store is no host that the owner names otherwise. */
    storeHost: `127.0.0.1:${store.port}`,
    /** Lets answers go on that wait. */
    release() {
      behaviour.holdAfterBytes = Number.POSITIVE_INFINITY;
      for (const one of waiting.splice(0)) one();
    },
    async stop() {
      for (const one of waiting.splice(0)) one();
      await Promise.all([hub.stop(true), store.stop(true)]);
    },
  };
}

export type FakeHub = ReturnType<typeof startFakeHub>;
