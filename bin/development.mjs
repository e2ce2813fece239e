// The development commands behind npm: test, check, format, bench, agents, fuzz, sim, docs, catalog, console.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled } from "./install.mjs";
import { bunPath, root, runBun } from "./launch.mjs";

const [command, ...rest] = process.argv.slice(2);
await ensureInstalled({ dev: true });
process.chdir(root);
const env = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535", ...process.env };
/** Tests that measure time or memory, count on a process that is not held up, or load the machine so much that others could not. */
const alone = {
  engine: ["fairness", "nano", "supervisor", "suspects"],
  gateway: ["field-cases", "hostile-neighbour", "in-flight", "large-bodies", "pressure", "stalled-client"],
  server: [
    "budgets-hold",
    "budgets-hold.pg",
    "clock-step",
    "fleet.pg",
    "full-disk",
    "kill",
    "noisy-neighbour",
    "report",
    "rolling-restart.pg",
    "soak",
    "store-thread",
  ],
};
/** Test files at a time. They wait more than they compute: two of them left a third of two cores idle. */
const parallel = 3;
const tool = (name) => join(root, "node_modules", ".bin", process.platform === "win32" ? `${name}.cmd` : name);

if (command === "test") process.exitCode = await test();
else if (command === "check") process.exitCode = check();
else if (command === "format") process.exitCode = step("format", tool("oxfmt"), []);
else if (command === "bench") process.exitCode = await bench();
else if (command === "agents") process.exitCode = await runBun([join(root, "agents", "main.ts"), ...rest], env);
else if (command === "fuzz")
  process.exitCode = await runBun([join(root, "src", "testing", "fuzz", "main.ts"), ...rest], env);
else if (command === "sim")
  process.exitCode = await runBun([join(root, "src", "testing", "ledger-simulator", "main.ts"), ...rest], env);
else if (command === "docs") process.exitCode = await runBun([join(root, "tools", "write-dialect-pages.ts")], env);
else if (command === "catalog") process.exitCode = await runBun([join(root, "tools", "make-catalog.ts"), ...rest], env);
else if (command === "console") process.exitCode = buildConsole();
else {
  process.stderr.write("Usage: node bin/dev.mjs test|check|format|bench|agents|fuzz|sim|docs|catalog|console\n");
  process.exitCode = 2;
}

/** Tests whose names are given, or all: most of them several files at a time, the others after them. A report of these has ".2" behind its name. */
async function test() {
  // Ends a test that hangs, and is no measure of speed: on a loaded machine seconds pass for nothing. Tests that need longer say so.
  ensureServices();
  const run = (...args) => runBun(["test", "--timeout=120000", ...args], env);
  if (rest.some((argument) => !argument.startsWith("-"))) return run(...rest);
  const paths = Object.entries(alone).flatMap(([folder, names]) =>
    names.map((name) => `src/${folder}/${name}.test.ts`),
  );
  const first = await run(`--parallel=${parallel}`, ...paths.map((path) => `--path-ignore-patterns=${path}`), ...rest);
  const second = await run(...paths, ...rest.map((it) => (it.startsWith("--reporter-outfile=") ? `${it}.2` : it)));
  return first || second;
}

/** Installs PostgreSQL, nginx, Prometheus, Caddy, systemd's own checks, strace, and Chromium with fonts where they are missing and the system lets us. Elsewhere the tests that need them are skipped by name. */
function ensureServices() {
  const clusters = "/usr/lib/postgresql";
  const fonts = "/usr/share/fonts";
  const hasPostgres =
    existsSync(clusters) && readdirSync(clusters).some((it) => existsSync(join(clusters, it, "bin", "initdb")));
  const missing = [
    ...(hasPostgres ? [] : ["postgresql"]),
    ...(["/usr/sbin/nginx", "/usr/bin/nginx"].some((it) => existsSync(it)) ? [] : ["nginx-light"]),
    ...["prometheus", "caddy"].filter((it) => !existsSync(join("/usr/bin", it))),
    ...(existsSync("/usr/bin/systemd-analyze") ? [] : ["systemd"]),
    ...(existsSync("/usr/bin/strace") ? [] : ["strace"]),
    ...(existsSync("/usr/bin/chromium") ? [] : ["chromium"]),
    // Without them Chromium draws boxes for Arabic and Chinese.
    ...(existsSync(join(fonts, "truetype", "noto", "NotoSansArabic-Regular.ttf")) ? [] : ["fonts-noto-core"]),
    ...(existsSync(join(fonts, "opentype", "noto", "NotoSansCJK-Regular.ttc")) ? [] : ["fonts-noto-cjk"]),
  ];
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  process.stderr.write(`Installing ${missing.join(", ")}, which tests need; this is done once …\n`);
  const apt = (...args) =>
    spawnSync("apt-get", ["-q", ...args], {
      stdio: ["ignore", 2, 2],
      // Of what is installed nothing is started: in run level 1 there are no services.
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    });
  apt("update");
  if (apt("install", "-y", "--no-install-recommends", ...missing).status !== 0)
    process.stderr.write("They could not be installed: the tests that need them are skipped (in CI they fail).\n");
}

function check() {
  const steps = [
    ["format", tool("oxfmt"), ["--check"]],
    ["lint", tool("oxlint"), ["--type-aware", "--deny-warnings"]],
    ["types", tool("tsc"), ["--noEmit"]],
    ["types of the console", tool("tsc"), ["--noEmit", "--project", "console"]],
    ["arrows", bunPath(), ["tools/check-arrows.ts"]],
    ["dead code", bunPath(), [join("node_modules", "knip", "bin", "knip.js")]],
  ];
  const failed = steps.filter(([name, file, args]) => step(name, file, args) !== 0).map(([name]) => name);
  process.stdout.write(
    `check: ${steps.length - failed.length} passed, ${failed.length} failed${failed.length ? ` (${failed.join(", ")})` : ""}\n`,
  );
  return failed.length ? 1 : 0;
}

function step(name, file, args) {
  const started = Date.now();
  const done = spawnSync(file, args, { stdio: "inherit", env });
  process.stdout.write(
    `${done.status === 0 ? "ok    " : "FAILED"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  );
  return done.status ?? 1;
}

/** Builds console/dist; `--watch` does so whenever a source changes, `--dev` shows the sources at an address of its own, on a running Sahab. */
function buildConsole() {
  const vite = join("node_modules", "vite", "bin", "vite.js");
  const isDev = rest.includes("--dev");
  const args = [vite, ...(isDev ? ["dev"] : ["build", ...rest]), "--config", "console/vite.config.ts"];
  const mode = isDev ? "development" : "production";
  return spawnSync(process.execPath, args, { stdio: "inherit", env: { ...env, NODE_ENV: mode } }).status ?? 1;
}

async function bench() {
  const file = join(root, "bench", "main.ts");
  if (!existsSync(file)) throw new Error(`no benchmark among ${readdirSync(join(root, "bench")).join(", ")}`);
  return runBun([file, ...rest], env);
}
