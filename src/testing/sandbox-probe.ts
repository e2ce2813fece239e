// Runs as an engine does and tries what an engine must not. It tells its parent what each attempt came to: "done", or the error.
import * as fs from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { sealSandbox, type SandboxMode } from "../engine/sandbox/index.ts";
import { openLibc, type Libc } from "../engine/sandbox/libc.ts";
import { refusedCalls, type SystemCall } from "../engine/sandbox/system-calls.ts";

/** All that the test has prepared for it. */
export interface Prey {
  mode: SandboxMode;
  /** A folder with admin.key, master.key, sahab.db, models/other.gguf and run/. */
  data: string;
  socketPath: string;
  port: number;
  otherSocket: string;
  /** A process that may be harmed. */
  pid: number;
}

const prey = JSON.parse(process.argv[2] ?? "") as Prey;
const sandbox = sealSandbox(prey.mode);
const libc = openLibc();
const results: Record<string, string> = {};
const attempt = async (name: string, act: () => unknown) => {
  try {
    const outcome = await act();
    results[name] = typeof outcome === "number" && outcome !== 0 ? `error ${outcome}` : "done";
  } catch (error) {
    results[name] = (error as { code?: string }).code ?? String(error);
  }
};

await tryFiles();
await tryNetwork();
await tryProcesses(libc);
/** The error's number of each call, made with arguments that mean nothing. */
const calls: Record<string, number> = {};
if (prey.mode !== "off")
  for (const name of Object.keys(refusedCalls) as SystemCall[]) calls[name] = libc.call(name, -1, -1, -1, -1, -1).errno;
const openFiles = fs.readdirSync("/proc/self/fd").map((name) => {
  try {
    return fs.readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return "";
  }
});
const status = fs.readFileSync("/proc/self/status", "utf8");
const limits = fs.readFileSync("/proc/self/limits", "utf8");
process.send?.({ sandbox, results, calls, openFiles, status, limits, environment: Object.keys(process.env) }, () => {
  // Last, since where it succeeds this program is gone, and the parent sees another's status.
  const errno = libc.execve("/bin/sh", ["/bin/sh", "-c", "exit 42"], []);
  process.exit(errno === 0 ? 1 : 0);
});

async function tryFiles(): Promise<void> {
  const { data, socketPath } = prey;
  const key = join(data, "admin.key");
  const sockets = dirname(socketPath);
  await attempt("read the admin key", () => fs.readFileSync(key));
  await attempt("read the database", () => fs.readFileSync(join(data, "sahab.db")));
  await attempt("write the database", () => fs.closeSync(fs.openSync(join(data, "sahab.db"), "r+")));
  await attempt("truncate the database", () => fs.truncateSync(join(data, "sahab.db"), 0));
  await attempt("remove the database", () => fs.rmSync(join(data, "sahab.db")));
  await attempt("read another model", () => fs.readFileSync(join(data, "models", "other.gguf")));
  await attempt("list the models", () => fs.readdirSync(join(data, "models")));
  await attempt("read /etc/passwd", () => fs.readFileSync("/etc/passwd"));
  await attempt("list the home", () => fs.readdirSync(homedir()));
  await attempt("list /", () => fs.readdirSync("/"));
  await attempt("list the data folder", () => fs.readdirSync(data));
  await attempt("write into the data folder", () => fs.writeFileSync(join(data, "new"), ""));
  await attempt("write into the socket's folder", () => fs.writeFileSync(join(sockets, "new"), ""));
  await attempt("write into the temporary folder", () => fs.writeFileSync(`/tmp/sahab-probe-${process.pid}`, ""));
  await attempt("make a link to the key", () => fs.symlinkSync(key, join(sockets, "link")));
  await attempt("make another name of the key", () => fs.linkSync(key, join(sockets, "name")));
  await attempt("move a key", () => fs.renameSync(join(data, "master.key"), join(sockets, "moved")));
  await attempt("open the key to all", () => fs.chmodSync(key, 0o644));
  await attempt("give the key away", () => fs.chownSync(key, process.getuid?.() ?? 0, process.getgid?.() ?? 0));
  await attempt("read by way of /proc/self/root", () => fs.readFileSync(`/proc/self/root${key}`));
  await attempt("read by way of /proc/self/cwd", () => fs.readFileSync(`/proc/self/cwd/${"../".repeat(40)}${key}`));
  await attempt("watch the data folder", () => fs.watch(data).close());
  await attempt("read the parent's environment", () => fs.readFileSync(`/proc/${process.ppid}/environ`));
  await attempt("read the parent's command line", () => fs.readFileSync(`/proc/${process.ppid}/cmdline`));
}

async function tryNetwork(): Promise<void> {
  const opens = (options: { port: number; host: string } | { path: string }) =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(options as { path: string });
      socket.on("connect", () => resolve(void socket.destroy()));
      socket.on("error", reject);
    });
  await attempt("connect by TCP", () => opens({ port: prey.port, host: "127.0.0.1" }));
  await attempt("connect to another engine's socket", () => opens({ path: prey.otherSocket }));
  await attempt("fetch", () => fetch(`http://127.0.0.1:${prey.port}/`));
  await attempt("remove another engine's socket", () => fs.rmSync(prey.otherSocket));
  const families = { "an IPv4": 2, "an IPv6": 10, "a netlink": 16, "a packet": 17, "a vsock": 40 };
  const types = { stream: 1, datagram: 2, raw: 3 };
  for (const [family, number] of Object.entries(families))
    for (const [type, kind] of Object.entries(types))
      await attempt(`make ${family} ${type} socket`, () => libc.call("socket", number, kind, 0).errno);
  await attempt("make a unix datagram socket", () => libc.call("socket", 1, 2, 0).errno);
  await attempt("make a pair of datagram sockets", () => libc.call("socketpair", 1, 2, 0, new Int32Array(2)).errno);
}

async function tryProcesses(libc: Libc): Promise<void> {
  const { pid } = prey;
  await attempt("start /bin/sh", () => Bun.spawnSync(["/bin/sh", "-c", "exit 0"]).exitCode);
  await attempt("start itself", () => Bun.spawnSync([process.execPath, "--version"]).exitCode);
  await attempt("signal the parent", () => libc.call("kill", process.ppid, 0).errno);
  await attempt("signal its group", () => libc.call("kill", 0, 0).errno);
  await attempt("signal a thread of another", () => libc.call("tgkill", pid, pid, 0).errno);
  await attempt("limit another", () => libc.call("prlimit64", pid, 7, 0, new BigUint64Array(2)).errno);
  await attempt("slow another", () => libc.call("setpriority", 0, pid, 19).errno);
  await attempt("read another's memory", () => {
    const local = BigUint64Array.of(BigInt(libc.address(new Uint8Array(8))), 8n);
    const { errno } = libc.call("process_vm_readv", pid, local, 1, local, 1);
    // The address means nothing there.
    return errno === 14 ? 0 : errno;
  });
  // PTRACE_SEIZE does not stop it.
  await attempt("trace another", () => libc.call("ptrace", 0x4206, pid, 0, 0).errno);
  await attempt("signal itself", () => libc.call("kill", process.pid, 0).errno);
  await attempt("start a thread", () => runThread());
}

async function runThread(): Promise<void> {
  const worker = new Worker("process.exit(0)", { eval: true });
  await new Promise((resolve, reject) => worker.on("exit", resolve).on("error", reject));
}
