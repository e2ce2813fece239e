import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { copyContext, lastOf, readDockerfile } from "../testing/dockerfile.ts";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { describeWithPostgres } from "../testing/postgres.ts";
import { hasMountNamespaces } from "../testing/small-disk.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { drainGraceMs } from "./serving.ts";

// deploy/docker and deploy/systemd, played without a daemon: a root of its own (this machine's, under what the steps add),
// read-only, and a user without rights.

const root = join(import.meta.dir, "..", "..");
const docker = join(root, "deploy", "docker");
const adminKey = "sk-admin-key-of-the-service-tests";
const folder = makeTemporaryFolder();
chmodSync(folder, 0o755);
afterAll(() => removeTemporaryFolder(folder));

interface Running {
  child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  address: string;
  output(): string;
}

/** Runs a script in a mount namespace until what it becomes listens. */
async function start(script: string): Promise<Running> {
  const child = Bun.spawn(["unshare", "-m", "sh", "-ec", script], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"] },
  });
  let output = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream) output += new TextDecoder().decode(chunk);
  };
  void collect(child.stdout);
  void collect(child.stderr);
  const address = await eventually(
    "Sahab",
    () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`);
      return /listens on (http:\S+)/.exec(output)?.[1]?.replace("0.0.0.0", "127.0.0.1");
    },
    60_000,
  ).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`${String(error)}\n${output}`);
  });
  return { child, address, output: () => output };
}

const admin = async (address: string, path: string) =>
  (await fetch(`${address}/admin/v1${path}`, { headers: { authorization: `Bearer ${adminKey}` } })).json();

interface EngineView {
  state: string;
  sandbox: string;
}

/** Waits for the engine of the model that comes with Sahab; fails at once where it cannot be loaded. */
async function engineIsReady({ address, output }: Running): Promise<EngineView> {
  return eventually(
    "the engine",
    async () => {
      const { engines } = (await admin(address, "/ps")) as { engines: EngineView[] };
      if (engines[0]?.state === "failed") throw new Error(`the engine failed:\n${output()}`);
      return engines[0]?.state === "ready" && engines[0];
    },
    60_000,
  );
}

/** An answer of the model that comes with Sahab. */
async function ask(address: string): Promise<number> {
  const body = { model: "nano", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] };
  const headers = { authorization: `Bearer ${adminKey}` };
  const response = await fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  await response.text();
  return response.status;
}

/** A root folder at `$W/NAME` that is this machine's, with changes of its own in memory. */
const newRoot = (name: string) => `
mkdir -p $W/${name} $W/${name}.up $W/${name}.work
mount -t overlay overlay -o lowerdir=/,upperdir=$W/${name}.up,workdir=$W/${name}.work $W/${name}
mount --rbind /proc $W/${name}/proc
mount --rbind /dev $W/${name}/dev
rm -rf $W/${name}/opt/sahab $W/${name}/var/lib/sahab`;

/** The steps of a Dockerfile as a script. What would be fetched is there already: this checkout's packages, which the installer checks, and this machine's. */
function play(stages: ReturnType<typeof readDockerfile>): string {
  const names = stages.map((stage, index) => / AS (\S+)$/.exec(lastOf(stage, "FROM"))?.[1] ?? `stage${index}`);
  const lines = [`W=${folder}/roots`, "mkdir -p $W", "mount -t tmpfs tmpfs $W"];
  for (const [index, stage] of stages.entries()) {
    const name = names[index] ?? "";
    let place = "/";
    lines.push(newRoot(name));
    const modules = `mkdir -p $W/${name}/opt/sahab/node_modules && mount --bind ${root}/node_modules $W/${name}/opt/sahab/node_modules`;
    if (index === 0) lines.push(modules);
    for (const { name: instruction, text } of stage) {
      const run = (command: string) => lines.push(`chroot $W/${name} sh -ec ${quote(`cd ${place}; ${command}`)}`);
      if (instruction === "WORKDIR") lines.push(`mkdir -p $W/${name}${(place = text)}`);
      else if (instruction === "COPY") {
        const [, from, list = ""] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
        const paths = list.split(" ");
        const to = resolve(place, paths.pop() ?? "");
        const target = `$W/${name}${to}`;
        for (const path of paths) {
          const source = from === undefined ? join(folder, "context", path) : `$W/${from}${path}`;
          // As with Docker, a folder's content is copied. Of other disks nothing is: what is mounted is no part of the stage.
          lines.push(
            `if [ -d ${source} ]; then mkdir -p ${target}; cp -ax ${source}/. ${target}; else mkdir -p $(dirname ${target}); cp -a ${source} ${target}; fi`,
          );
        }
        if (from !== undefined) lines.push(modules);
      } else if (instruction !== "RUN") continue;
      else if (text.startsWith("apt-get update")) {
        const packages = /--no-install-recommends ([^&]*)/.exec(text)?.[1] ?? "";
        run(`dpkg-query -W ${packages} >/dev/null`);
      } else run(text);
    }
  }
  return lines.join("\n");
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const stages = readDockerfile(readFileSync(join(docker, "Dockerfile"), "utf8"));
const compose = parseYaml(readFileSync(join(docker, "compose.yml"), "utf8")) as {
  services: Record<string, Record<string, unknown> & { environment: Record<string, string>; secrets: string[] }>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, object>;
};
const isAble = hasMountNamespaces() || Boolean(process.env["CI"]);

describeWithPostgres("the image of the Dockerfile with PostgreSQL, as compose.yml has it", (cluster) => {
  const [, last = []] = stages;
  let running: Running;
  let healthcheck: string;

  beforeAll(async () => {
    if (!isAble) return;
    await cluster.start();
    mkdirSync(join(folder, "context"));
    copyContext(root, join(folder, "context"), readFileSync(join(docker, "Dockerfile.dockerignore"), "utf8"));
    const secrets = join(folder, "secrets");
    mkdirSync(secrets);
    const secretTexts: Record<string, string> = {
      database_url: cluster.url(await cluster.createDatabase()),
      master_key: "a master key of the service tests",
      admin_key: adminKey,
    };
    for (const [name, text] of Object.entries(secretTexts)) writeFileSync(join(secrets, name), text);
    const { sahab } = compose.services;
    expect(sahab?.secrets.toSorted()).toEqual(Object.keys(secretTexts).toSorted());
    const settings = {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ...Object.fromEntries(
        lastOf(last, "ENV")
          .split(" ")
          .map((pair) => pair.split("=") as [string, string]),
      ),
      ...sahab?.environment,
      SAHAB_PORT: String(await findFreePort()),
    };
    const environment = `env -i ${Object.entries(settings)
      .map(([name, value]) => quote(`${name}=${value}`))
      .join(" ")}`;
    const [uid = ""] = lastOf(last, "USER").split(":");
    const enter = `chroot --userspec=${lastOf(last, "USER")} --groups= $W/stage1 ${environment}`;
    const command = [
      ...(JSON.parse(lastOf(last, "ENTRYPOINT")) as string[]),
      ...(JSON.parse(lastOf(last, "CMD")) as string[]),
    ];
    const volume = lastOf(last, "VOLUME");
    const [, check = "[]"] = /CMD (\[.*\])$/.exec(lastOf(last, "HEALTHCHECK")) ?? [];
    healthcheck = `nsenter --target=PID --mount --root --setuid=${uid} --setgid=${uid} ${environment} ${(JSON.parse(check) as string[]).join(" ")}`;
    running = await start(`${play(stages)}
# A new volume takes owner and mode of the folder that the image has there.
owner=$(stat -c uid=%u,gid=%g,mode=%a $W/stage1${volume})
mkdir -p $W/stage1/run/secrets && mount --bind ${secrets} $W/stage1/run/secrets
mount -t tmpfs tmpfs $W/stage1/tmp -o mode=1777
mount -t tmpfs tmpfs $W/stage1${volume} -o $owner
mount -o remount,ro $W/stage1
exec ${enter} ${command.join(" ")}`);
  });

  afterAll(async () => {
    running?.child.kill("SIGKILL");
    await running?.child.exited;
  });

  test.skipIf(!isAble)(
    "serves from a read-only root as a user without rights, and the health check sees it",
    async () => {
      await eventually("/readyz", async () => (await fetch(`${running.address}/readyz`)).ok);
      await engineIsReady(running);
      expect(await ask(running.address)).toBe(200);
      expect(running.output()).toContain("Its database is postgres://");
      const status = readFileSync(`/proc/${running.child.pid}/status`, "utf8");
      expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe("65532");
      const check = async () => {
        const asked = Bun.spawn(["sh", "-c", healthcheck.replace("PID", String(running.child.pid))], {
          stdout: "ignore",
          stderr: "ignore",
        });
        return asked.exited;
      };
      expect(await check()).toBe(0);
      process.kill(running.child.pid, "SIGSTOP");
      expect(await check()).not.toBe(0);
      process.kill(running.child.pid, "SIGCONT");
      running.child.kill("SIGTERM");
      expect(await running.child.exited).toBe(0);
    },
  );
});

test("compose.yml refers to what it has, and gives secrets by files alone", () => {
  for (const service of Object.values(compose.services)) {
    for (const secret of service.secrets) expect(compose.secrets[secret]?.file).toBe(`./secrets/${secret}`);
    for (const volume of service["volumes"] as string[])
      expect(compose.volumes[volume.split(":")[0] ?? ""]).toBeDefined();
    for (const [name, value] of Object.entries(service.environment)) {
      expect(name).not.toMatch(/(?:PASSWORD|KEY|DATABASE_URL)$/);
      if (name.endsWith("_FILE")) expect(service.secrets).toContain(value.replace("/run/secrets/", ""));
    }
  }
  const { sahab, postgres } = compose.services;
  expect(sahab).toMatchObject({
    depends_on: { postgres: { condition: "service_healthy" } },
    read_only: true,
    cap_drop: ["ALL"],
    ports: ["127.0.0.1:8787:8787"],
    volumes: [`data:${lastOf(stages[1] ?? [], "VOLUME")}`],
  });
  expect(postgres).toHaveProperty("healthcheck");
  expect(Number.parseInt(String(sahab?.["stop_grace_period"]), 10) * 1_000).toBeGreaterThan(drainGraceMs + 15_000);
});

const unitFile = join(root, "deploy", "systemd", "sahab.service");
const unit = readFileSync(unitFile, "utf8");
/** All values of a setting of the unit. */
const settings = (name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
const hasSystemd =
  ["systemd-analyze", "strace"].every((name) => existsSync(join("/usr/bin", name))) || Boolean(process.env["CI"]);

async function analyze(...args: string[]): Promise<{ status: number; said: string }> {
  const child = Bun.spawn(["systemd-analyze", ...args], {
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"], SYSTEMD_COLORS: "0" },
  });
  const [out, error, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { status, said: out + error };
}

describe.skipIf(!hasSystemd || !isAble)("the unit of systemd", () => {
  test("is one, exposes little, and waits longer than a stop takes", async () => {
    const own = join(folder, "sahab.service");
    // The program of the unit must be there for a verification.
    writeFileSync(own, unit.replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"));
    expect(await analyze("verify", "--man=no", own)).toEqual({ status: 0, said: "" });
    const { said } = await analyze("security", "--offline=true", "--no-pager", own);
    const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(said)?.[1]);
    expect(exposure).toBeGreaterThan(0);
    expect(exposure).toBeLessThan(2);
    expect(Number.parseInt(settings("TimeoutStopSec")[0] ?? "", 10) * 1_000).toBeGreaterThan(drainGraceMs + 15_000);
  });

  test("its system calls, its read-only disk and its user are enough for Sahab and for the sandbox of its engines", async () => {
    const { said } = await analyze("syscall-filter", "--no-pager");
    const groups = new Map<string, string[]>();
    let group: string[] = [];
    for (const line of said.split("\n")) {
      if (line.startsWith("@")) groups.set(line, (group = []));
      else if (/^ {4}[@\w]/.test(line)) group.push(line.trim());
    }
    const members = (name: string): string[] =>
      name.startsWith("@") ? (groups.get(name) ?? []).flatMap(members) : [name];
    let allowed: string[] = [];
    for (const line of settings("SystemCallFilter")) {
      const named = line.replace(/^~/, "").split(" ").flatMap(members);
      allowed = line.startsWith("~") ? allowed.filter((call) => !named.includes(call)) : [...allowed, ...named];
    }
    expect(allowed.length).toBeGreaterThan(200);
    const refused = members("@known").filter((call) => !allowed.includes(call));
    expect(refused).toContain("mount");
    // What the unit refuses, strace refuses in its place; a name that it does not know is passed over.
    const filter = refused.map((call) => `?${call}`).join(",");
    const strace = `strace -f -qq --seccomp-bpf -e signal=none -e trace=${filter} -e inject=${filter}:error=EPERM`;
    const port = await findFreePort();
    const environment = `PATH=/usr/bin:/bin HOME=/var/lib/sahab SAHAB_DATA=/var/lib/sahab XDG_CACHE_HOME=/var/cache/sahab SAHAB_PORT=${port} SAHAB_ADMIN_KEY=${adminKey}`;
    expect(settings("Environment")[0]).toBe("SAHAB_DATA=%S/sahab XDG_CACHE_HOME=%C/sahab");
    const [program = ""] = settings("ExecStart");
    const running = await start(`
W=${folder}/service
mkdir -p $W && mount -t tmpfs tmpfs $W
${newRoot("root")}
mkdir -p $W/root/opt/sahab $W/root/var/lib/sahab $W/root/var/cache/sahab
mount --bind -o ro ${root} $W/root/opt/sahab
for at in var/lib/sahab var/cache/sahab; do mount -t tmpfs tmpfs $W/root/$at -o uid=65533,gid=65533,mode=700; done
mount -t tmpfs tmpfs $W/root/tmp -o mode=1777
mount -o remount,ro $W/root
exec chroot $W/root setpriv --reuid=65533 --regid=65533 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \\
  env -i ${environment} ${strace} ${program}`);
    try {
      const { sandbox } = await engineIsReady(running);
      expect(sandbox).toBe("full");
      expect(await ask(running.address)).toBe(200);
      // The launcher passes the signal of a reload on; nothing ends by it.
      const [launcher = 0] = childrenOf(running.child.pid);
      process.kill(launcher, "SIGHUP");
      await Bun.sleep(200);
      expect(await ask(running.address)).toBe(200);
      process.kill(launcher, "SIGTERM");
      expect(await running.child.exited).toBe(0);
    } finally {
      running.child.kill("SIGKILL");
    }
  });
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
