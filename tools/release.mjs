// Makes the files of a release from the commit that is checked out: the archive, its bills of materials (CycloneDX, one for the
// program and one for the GPU back ends) and their checksums. The same commit gives the same bytes on any machine with the
// same npm and zlib. Usage: npm run release -- [FOLDER]
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

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
const target = resolve(process.argv[2] ?? join(root, "dist"));

const files = {
  [`${name}.tar.gz`]: gzipSync(git("archive", "--format=tar", `--prefix=${name}/`, "HEAD"), { level: 9 }),
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

/** What npm knows of a lock, without what differs from run to run. */
function billOfMaterials(title, place, more) {
  const parent = mkdtempSync(join(tmpdir(), "sahab-release-"));
  const folder = join(parent, title);
  try {
    mkdirSync(folder);
    for (const file of ["package.json", "package-lock.json"])
      writeFileSync(join(folder, file), git("show", `HEAD:${place}${file}`));
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
  const used = Object.entries(lock).filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional);
  // A package installed in another's place has a name of its own.
  const nameOf = (path, entry) => entry.name ?? path.replace(/^.*node_modules\//, "");
  return new Set(used.map(([path, entry]) => `${nameOf(path, entry)}@${entry.version}`));
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
