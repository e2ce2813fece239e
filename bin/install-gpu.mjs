// Installs the engine with its GPU back ends beside the data, from a lock of its own: npm run gpu
import { copyFileSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { installLocked } from "./install.mjs";
import { root } from "./launch.mjs";

const data = resolve(process.env.SAHAB_DATA?.trim() || join(homedir(), ".sahab"));
const folder = join(data, "engine");
mkdirSync(folder, { recursive: true, mode: 0o700 });
for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(root, "gpu", name), join(folder, name));
process.stderr.write(`Installing the engine's GPU back ends into ${folder}; about 1 GB …\n`);
await installLocked(folder, { dev: false });
process.stdout.write("Done. Sahab uses them from its next start on.\n");
