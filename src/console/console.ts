import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import { headerLine, joinHeaders, type HeaderLines, type HttpRequest } from "../http/index.ts";
import { AssetFiles, type Coding } from "./asset-files.ts";
import { assetHeaders, pageHeaders } from "./headers.ts";

/** Where the build is, in a checkout as in a package. */
const builtFolder = join(import.meta.dir, "..", "..", "console", "dist");

const page = /^\/(?:console(?:\/.*)?)?$/;
/** Names as the build makes them; nothing that leads out of the folder. */
const asset = /^\/(assets\/[\w-]+(?:\.[\w-]+)+)$/;

const types: Record<string, string> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  ttf: "font/ttf",
  webp: "image/webp",
  woff: "font/woff",
  woff2: "font/woff2",
};

/** Whether a path belongs to the console: its page, at every address that the page itself makes, and what the page loads. */
export function isConsolePath(path: string): boolean {
  return page.test(path) || path.startsWith("/assets/");
}

/** Serves the built console from memory. */
export class Console {
  readonly #files: AssetFiles;

  constructor(folder = builtFolder) {
    this.#files = new AssetFiles(folder);
  }

  /** Answers a GET of a path of the console. Rejects with `not_found` where there is no such file. */
  async answer(request: HttpRequest): Promise<void> {
    const isPage = page.test(request.path);
    const path = isPage ? "index.html" : asset.exec(request.path)?.[1];
    const found = path === undefined ? undefined : await this.#files.read(path, codingOf(request));
    if (path === undefined || found === undefined)
      throw new SahabError(
        "not_found",
        isPage
          ? "The console is not built here; in a checkout run: npm run console"
          : `The console has no file ${request.path.slice(0, 200)}; another version of it may be open: load the page again`,
      );
    const type = types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const headers = joinHeaders(
      isPage ? pageHeaders : assetHeaders,
      headerLine("content-type", type),
      coded(found.coding),
    );
    request.answer(200, headers, found.bytes);
  }
}

function coded(coding: Coding): HeaderLines {
  const vary = headerLine("vary", "accept-encoding");
  return coding === "identity" ? vary : joinHeaders(vary, headerLine("content-encoding", coding));
}

/** The best coding that a client takes. Browsers take brotli over TLS and from this machine, gzip everywhere. */
function codingOf({ headers }: HttpRequest): Coding {
  const accepted = new Map(
    (headers.get("accept-encoding") ?? "").split(",").map((part) => {
      const [name = "", ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      return [name, !parameters.some((it) => /^q=0(?:\.0*)?$/.test(it))] as const;
    }),
  );
  return (["br", "gzip"] as const).find((it) => accepted.get(it)) ?? "identity";
}
