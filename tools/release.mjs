// Makes the files of a release from the commit that is checked out: the archive, the npm package, their bills of materials (CycloneDX,
// one for the program and one for the GPU back ends) and the checksums. The same commit gives the same bytes on any machine with the
// same npm and zlib. Usage: npm run release -- [FOLDER] [--no-package]: without the npm package, which takes longest
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { installLocked } from "../bin/install.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bytesMax = 1024 ** 3;
const git = (...args) => execFileSync("git", args, { cwd: root, maxBuffer: bytesMax });

const changed = git("status", "--porcelain").toString();
if (changed !== "") {
  process.stderr.write(`Cannot make a release: these files are not committed:\n${changed}`);
  process.exit(1);
}
const { version } = JSON.parse(git("show", "HEAD:package.json").toString());
const committed = git("show", "-s", "--format=%cI", "HEAD").toString().trim();
const name = `sahab-${version}`;
const place = process.argv.slice(2).find((it) => !it.startsWith("--")) ?? join(root, "dist");
const target = resolve(place);

const files = {
  [`${name}.tar.gz`]: gzipSync(git("archive", "--format=tar", `--prefix=${name}/`, "HEAD"), { level: 9 }),
  ...(process.argv.includes("--no-package") ? {} : { [`${name}.tgz`]: await npmPackage() }),
  [`${name}.cdx.json`]: billOfMaterials("sahab", "", modelComponents()),
  [`${name}-gpu.cdx.json`]: billOfMaterials("sahab-gpu", "gpu/", []),
};
mkdirSync(target, { recursive: true });
const sums = Object.entries(files).map(([file, bytes]) => {
  writeFileSync(join(target, file), bytes);
  return `${sha256(bytes)}  ${file}\n`;
});
writeFileSync(join(target, "SHA256SUMS"), sums.join(""));
process.stdout.write(`${target}\n${sums.join("")}`);

/**
 * The package for npm. An installation of it has no lock and none of our overrides, so it brings the libraries of the lock along, whose
 * hashes are compared here. npm fetches only what belongs to a platform: the runtime, and llama.cpp for the CPU.
 */
async function npmPackage() {
  const parent = mkdtempSync(join(tmpdir(), "sahab-release-"));
  const folder = join(parent, "package");
  const inPackage = (...path) => join(folder, ...path);
  try {
    mkdirSync(folder);
    execFileSync("tar", ["-xf", "-", "-C", folder], { input: git("archive", "--format=tar", "HEAD") });
    await installLocked(folder, { dev: false, optional: false });
    const lock = JSON.parse(readFileSync(inPackage("package-lock.json"), "utf8")).packages;
    const platforms = ["bun", "node-llama-cpp"].flatMap((it) =>
      Object.entries(lock[`node_modules/${it}`].optionalDependencies),
    );
    edit(inPackage("package.json"), (own) => {
      delete own.devDependencies;
      delete own.overrides;
      delete own.scripts;
      delete own.workspaces;
      delete own.dependencies.bun;
      own.bundleDependencies = Object.keys(own.dependencies);
      own.optionalDependencies = Object.fromEntries(platforms.filter(([it]) => !/cuda|vulkan/.test(it)));
    });
    edit(inPackage("node_modules", "node-llama-cpp", "package.json"), (library) => {
      delete library.optionalDependencies;
      delete library.scripts.postinstall;
    });
    removeUnused(inPackage("node_modules"));
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    execFileSync(npm, ["pack", "--silent", "--pack-destination", parent], {
      cwd: folder,
      shell: process.platform === "win32",
      stdio: ["ignore", "ignore", "inherit"],
    });
    return readFileSync(join(parent, `${name}.tgz`));
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** Removes what no program runs: types, maps, and llama.cpp's source, for builds that Sahab never makes. Half of all files. */
function removeUnused(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeUnused(path);
    else if (/\.(?:map|d\.[cm]?ts)$|^gitRelease\.bundle$/.test(entry.name)) rmSync(path);
  }
}

/**
 * npm's bill of materials applies no overrides to what is bundled, and then refuses to make one. A workspace's folder is not there; what
 * is built of it is part of the program.
 */
function withoutBundle(content) {
  for (const path of Object.keys(content.packages ?? {}))
    if (isWorkspace(path, content.packages[path])) delete content.packages[path];
  for (const it of [content, ...Object.values(content.packages ?? {})]) {
    delete it.bundleDependencies;
    delete it.inBundle;
    delete it.workspaces;
  }
}

function edit(file, change) {
  const content = JSON.parse(readFileSync(file, "utf8"));
  change(content);
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** What npm knows of a lock, without what differs from run to run. */
function billOfMaterials(title, place, more) {
  const parent = mkdtempSync(join(tmpdir(), "sahab-release-"));
  const folder = join(parent, title);
  try {
    mkdirSync(folder);
    for (const file of ["package.json", "package-lock.json"]) {
      writeFileSync(join(folder, file), git("show", `HEAD:${place}${file}`));
      edit(join(folder, file), withoutBundle);
    }
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const args = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--sbom-type", "application"];
    const options = { cwd: folder, maxBuffer: bytesMax, shell: process.platform === "win32" };
    const bill = JSON.parse(execFileSync(npm, args, options).toString());
    // "--omit dev" would leave out what the program and a development tool both use.
    const used = packagesOfUsers(JSON.parse(git("show", `HEAD:${place}package-lock.json`).toString()).packages);
    bill.metadata.timestamp = committed;
    bill.components = [...bill.components.filter((part) => used.has(part["bom-ref"])), ...more];
    bill.components.sort((one, other) => (one["bom-ref"] < other["bom-ref"] ? -1 : 1));
    const listed = new Set([bill.metadata.component["bom-ref"], ...used]);
    bill.dependencies = bill.dependencies
      .filter(({ ref }) => listed.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => listed.has(other)) }));
    delete bill.serialNumber;
    bill.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bill))}`;
    return Buffer.from(`${JSON.stringify(bill, null, 2)}\n`);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** `name@version` of what is installed without development tools, on any platform. */
function packagesOfUsers(lock) {
  const used = Object.entries(lock).filter(
    ([path, entry]) => path !== "" && !entry.dev && !entry.devOptional && !isWorkspace(path, entry),
  );
  // A package installed in another's place has a name of its own.
  const nameOf = (path, entry) => entry.name ?? path.replace(/^.*node_modules\//, "");
  return new Set(used.map(([path, entry]) => `${nameOf(path, entry)}@${entry.version}`));
}

/** Whether an entry of a lock is a folder of this repository, or the link to it. */
function isWorkspace(path, { link }) {
  return link === true || (path !== "" && !path.includes("node_modules/"));
}

/** The model that comes with Sahab. */
function modelComponents() {
  const content = sha256(git("show", "HEAD:models/nano/nano.gguf"));
  const hashes = [{ alg: "SHA-256", content }];
  return [{ "bom-ref": "model:nano", type: "machine-learning-model", name: "nano", version, hashes }];
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A UUID of version 8 (RFC 9562), made of a hash. */
function uuidOf(text) {
  const hex = sha256(text);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
