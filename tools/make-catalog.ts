// Writes src/vendor/catalog/models.json of the sources in a folder. `npm run catalog -- FOLDER`.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { formatCatalog } from "../src/vendor/catalog/format-catalog.ts";
import { makeCatalog } from "./catalog/make-catalog.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write(
    "Usage: npm run catalog -- FOLDER\nThe folder has models-dev/api.json and portkey-models/*.json in it\n",
  );
  process.exit(2);
}
const catalog = makeCatalog(resolve(folder));
const text = formatCatalog(catalog);
writeFileSync(join(import.meta.dir, "..", "src", "vendor", "catalog", "models.json"), text);
const models = Object.values(catalog.parts).flatMap((part) => Object.values(part.models));
process.stdout.write(
  `${models.length} models of ${Object.keys(catalog.parts).length} vendors, ${models.filter(({ price }) => price).length} of them priced: ${text.length} bytes\n`,
);
