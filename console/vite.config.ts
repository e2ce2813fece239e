import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { packAssets } from "./build/pack-assets.ts";

const own = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The running Sahab that `npm run console -- --dev` shows. */
const sahab = process.env["SAHAB_URL"] ?? `http://127.0.0.1:${process.env["SAHAB_PORT"] ?? "8787"}`;

export default defineConfig({
  root: own("."),
  plugins: [react(), tailwindcss(), packAssets()],
  resolve: {
    // The library injects a style element, which the Content-Security-Policy forbids.
    alias: { "react-remove-scroll": own("src/ui/remove-scroll.tsx") },
  },
  build: {
    target: ["chrome111", "firefox128", "safari16.4"],
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The licences of what is in the build, which goes with it.
    license: { fileName: "licences.md" },
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    host: "127.0.0.1",
    // Sahab sees its own address, as it would without this server between.
    proxy: { "/admin": { target: sahab, changeOrigin: true, headers: { origin: sahab } } },
  },
});
