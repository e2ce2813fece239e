import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import type { Plugin } from "vite";
import { sourceHash } from "./source-hash.ts";

/** What compression makes smaller; fonts and pictures are compressed already. */
const textual = /\.(?:html|js|css|svg|json|md)$/;

/** A font's second and third form in a style sheet, for browsers older than those that the build is for. */
const olderFonts = /,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g;

/**
 * Makes a build what `src/console` serves: each textual file as `NAME.br` in its place, since the build is committed, and `manifest.json`,
 * which says of which sources it was made.
 */
export function packAssets(): Plugin {
  let outDir = "";
  return {
    name: "sahab-pack-assets",
    apply: "build",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    // The page shows nothing before its language and colours are known, so that neither flickers.
    transformIndexHtml: {
      order: "post",
      handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
    },
    generateBundle(_, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        if (/\.(?:woff|ttf)$/.test(name)) delete bundle[name];
        else if (file.type === "asset" && name.endsWith(".css"))
          file.source = file.source.toString().replaceAll(olderFonts, "");
      }
    },
    closeBundle() {
      const files = readdirSync(outDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const { parentPath, name } of files) {
        if (!textual.test(name)) continue;
        const path = join(parentPath, name);
        const bytes = readFileSync(path);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
        rmSync(path);
      }
      writeFileSync(join(outDir, "manifest.json"), `${JSON.stringify({ sources: sourceHash() }, null, 2)}\n`);
    },
  };
}
