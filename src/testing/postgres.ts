import { afterAll, describe } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { eventually } from "./eventually.ts";
import { findFreePort } from "./free-port.ts";
import { makeCertificate } from "./self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

/** Where Debian and others keep the server's programs: the newest version's. */
function findPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).filter((name) => /^\d+$/.test(name)) : [];
  versions.sort((one, other) => Number(other) - Number(one));
  const places = [...versions.map((version) => join(root, version, "bin")), "/usr/local/bin", "/usr/bin"];
  return places.find((place) => ["initdb", "postgres"].every((name) => existsSync(join(place, name))));
}

const programs = findPrograms();

/** Whether PostgreSQL is installed. */
export const hasPostgres = programs !== undefined;

/** Tests that need PostgreSQL: skipped where it is not installed, but in CI, where they fail then. `start` starts the cluster. */
export function describeWithPostgres(name: string, body: (cluster: Postgres) => void): void {
  const isSkipped = programs === undefined && !process.env["CI"];
  describe.skipIf(isSkipped)(isSkipped ? `${name} (skipped: PostgreSQL is not installed)` : name, () => {
    const cluster = new Postgres();
    afterAll(() => cluster.stop());
    body(cluster);
  });
}

/** A cluster of PostgreSQL in a temporary folder, run by a user without root rights. It ends with this process, however that ends. */
export class Postgres {
  readonly password = "pass word:/?#@ of the tests";
  readonly #folder = makeTemporaryFolder();
  readonly #settings: string[];
  #port = 0;
  #child: Bun.Subprocess<"pipe", "ignore", "ignore"> | undefined;
  #databases = 0;

  /** `isDurable` has every commit on the disk. */
  constructor({ isDurable = false, sharedBuffers = "32MB" } = {}) {
    this.#settings = [`shared_buffers=${sharedBuffers}`];
    if (!isDurable) this.#settings.push("fsync=off", "full_page_writes=off");
  }

  get caFile(): string {
    return join(this.#folder, "server.pem");
  }

  /** Makes the cluster and starts it: 2 to 3 s. */
  async start(): Promise<void> {
    if (programs === undefined) throw new Error("PostgreSQL is not installed; on Debian: apt-get install postgresql");
    this.#port = await findFreePort();
    await makeCertificate(this.#folder, "server");
    mkdirSync(join(this.#folder, "socket"));
    writeFileSync(join(this.#folder, "password"), `${this.password}\n`);
    const { uid, gid } = serverUser();
    for (const name of ["", "socket", "server.pem", "server.key", "password"])
      chownSync(join(this.#folder, name), uid, gid);
    chmodSync(join(this.#folder, "server.key"), 0o600);
    chmodSync(this.#folder, 0o755);
    const made = Bun.spawnSync(
      asServerUser([
        join(programs, "initdb"),
        `--pgdata=${join(this.#folder, "data")}`,
        "--username=sahab",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        `--pwfile=${join(this.#folder, "password")}`,
      ]),
      { stdout: "ignore", stderr: "pipe", cwd: "/" },
    );
    if (!made.success) throw new Error(`initdb failed: ${made.stderr.toString()}`);
    await this.run();
  }

  /** Starts the server of a cluster that is there. */
  async run(): Promise<void> {
    if (programs === undefined) return;
    const settings = [
      `port=${this.#port}`,
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${join(this.#folder, "socket")}`,
      "ssl=on",
      `ssl_cert_file=${join(this.#folder, "server.pem")}`,
      `ssl_key_file=${join(this.#folder, "server.key")}`,
      "logging_collector=off",
      "deadlock_timeout=100ms",
      ...this.#settings,
    ];
    const server = [
      join(programs, "postgres"),
      "-D",
      join(this.#folder, "data"),
      ...settings.flatMap((it) => ["-c", it]),
    ];
    // The shell reads its input until this process ends or closes it, and ends the server then.
    const script = `"$@" 2>>'${join(this.#folder, "log")}' & read -r line; kill -QUIT $!; wait`;
    this.#child = Bun.spawn(["sh", "-c", script, "sh", ...asServerUser(server)], {
      stdin: "pipe",
      stdout: "ignore",
      stderr: "ignore",
      cwd: "/",
    });
    await eventually(
      "PostgreSQL",
      () =>
        this.query("select 1").then(
          () => true,
          () => false,
        ),
      20_000,
    );
  }

  /** Ends the server at once, as a crash of its machine would; what is committed is there again after `run`. */
  async end(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.resume();
    void child.stdin.end();
    await child.exited;
    this.#child = undefined;
  }

  async stop(): Promise<void> {
    await this.end();
    removeTemporaryFolder(this.#folder);
  }

  /** Stands still: connections are taken and nothing is answered. */
  pause(): void {
    this.#signal("SIGSTOP");
  }

  resume(): void {
    this.#signal("SIGCONT");
  }

  #signal(signal: NodeJS.Signals): void {
    for (const pid of this.#pids())
      try {
        process.kill(pid, signal);
      } catch (error) {
        // A process of one connection may have ended meanwhile.
        if ((error as { code?: string }).code !== "ESRCH") throw error;
      }
  }

  /** The address of a database over TCP. */
  url(database: string, parameters = "sslmode=disable"): string {
    const password = encodeURIComponent(this.password);
    return `postgres://sahab:${password}@localhost:${this.#port}/${database}?${parameters}`;
  }

  socketUrl(database: string): string {
    return `postgres://sahab@/${database}?host=${encodeURIComponent(join(this.#folder, "socket"))}&port=${this.#port}`;
  }

  /** Makes an empty database and returns its name. */
  async createDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.query(`create database ${name}`);
    return name;
  }

  /** Makes a database of Sahab as a first start leaves it: faster than a new one. */
  async emptyDatabase(database: string): Promise<void> {
    const tables = await this.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%' and tablename not in ('state', 'usage_upkeep')",
      database,
    );
    const names = tables.map(({ name }) => name).join(", ");
    await this.query(
      `truncate ${names}; update state set version = 1; update usage_upkeep set records_from = null, owner = '', lease_ms = 0`,
      database,
    );
  }

  /** As the owner, over the socket. */
  async query<Row extends pg.QueryResultRow>(sql: string, database = "postgres"): Promise<Row[]> {
    const client = new pg.Client({
      host: join(this.#folder, "socket"),
      port: this.#port,
      user: "sahab",
      database,
      connectionTimeoutMillis: 5_000,
    });
    client.on("error", () => undefined);
    await client.connect();
    try {
      const result = (await client.query<Row>(sql)) as pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
    } finally {
      await client.end();
    }
  }

  /** The server, and the processes of its connections. */
  #pids(): number[] {
    const file = join(this.#folder, "data", "postmaster.pid");
    const server = existsSync(file) ? Number(readFileSync(file, "utf8").split("\n", 1)[0]) : 0;
    if (server === 0) return [];
    try {
      const children = readFileSync(`/proc/${server}/task/${server}/children`, "utf8").split(" ").filter(Boolean);
      return [server, ...children.map(Number)];
    } catch {
      return [];
    }
  }
}

/** The server refuses to be run by root. */
function serverUser(): { uid: number; gid: number } {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) return { uid, gid: process.getgid?.() ?? 0 };
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (!user) throw new Error("there is no user postgres or nobody to run the server as");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

function asServerUser(command: string[]): string[] {
  if (process.getuid?.() !== 0) return command;
  const { uid, gid } = serverUser();
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...command];
}
