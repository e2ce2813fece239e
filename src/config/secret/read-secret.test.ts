import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError, parseEnvironment } from "../../base/environment.ts";
import { splitCommands } from "../../base/split-commands.ts";
import { eventually } from "../../testing/eventually.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { parseCloudConfig } from "../parse-cloud-config.ts";
import { findDoubts } from "../find-doubts.ts";
import { findForbidden } from "./access.ts";
import { readSecret } from "./read-secret.ts";
import { parseSecretReference } from "./reference.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const allowed = join(folder, "secrets");
const data = join(folder, "data");
for (const path of [allowed, data, join(data, "own")]) mkdirSync(path);
const put = (path: string, text: string) => {
  writeFileSync(path, text);
  return path;
};
put(join(allowed, "key"), "sk-from-file-123456\n");
put(join(data, "master.key"), "sk-the-master-key");
put(join(data, "own", "key"), "sk-of-its-own");
put(join(folder, "outside"), "sk-outside-123456");
const script = put(join(folder, "print"), '#!/bin/sh\nprintf "sk-%s\\n" "$*"\n');
const slow = put(join(folder, "slow"), '#!/bin/sh\necho sk-too-late\nsleep 60 & echo $! > "$1"\nsleep 60\n');
const variables = put(join(folder, "variables"), "#!/bin/sh\nenv | grep -c '^SAHAB_'\nexit 0\n");
const loud = put(join(folder, "loud"), "#!/bin/sh\nhead -c 100000 /dev/zero | tr '\\0' x\n");
const failing = put(join(folder, "failing"), "#!/bin/sh\necho sk-half-a-secret\necho sk-more >&2\nexit 3\n");
for (const path of [script, slow, variables, loud, failing]) chmodSync(path, 0o700);

const pidFile = join(folder, "pid");
const { secretSources: sources } = parseEnvironment({
  PATH: process.env["PATH"],
  SAHAB_DATA: data,
  SAHAB_MASTER_KEY: "a-master-key-of-many-letters",
  SAHAB_SECRET_ENV: "VENDOR_KEY, EMPTY_KEY",
  VENDOR_KEY: "sk-from-env-123456",
  EMPTY_KEY: " ",
  OTHER_KEY: "sk-not-listed",
  SAHAB_SECRET_FILES: `${allowed}:${folder}/data:${folder}/data/own`,
  SAHAB_SECRET_COMMANDS: `${script} a 'b c'; ${slow} ${pidFile}\n${variables}; ${loud}; ${failing}; /nowhere/program`,
  SAHAB_SECRET_HOSTS: "llm.corp:8443,http://10.0.0.5:8000/,127.0.0.1",
});

const faultOf = (reference: string) => readSecret(reference, sources).then((value) => `read ${value}`, String);

test("each kind is read where the owner lists it", async () => {
  expect(await readSecret("env:VENDOR_KEY", sources)).toBe("sk-from-env-123456");
  expect(await readSecret(`file:${allowed}/key`, sources)).toBe("sk-from-file-123456");
  expect(await readSecret(`file:${allowed}/../secrets/key`, sources)).toBe("sk-from-file-123456");
  symlinkSync(join(allowed, "key"), join(allowed, "..data"));
  expect(await readSecret(`file:${allowed}/..data`, sources)).toBe("sk-from-file-123456");
  await readSecret(`exec:${script} a "b c"`, sources).then(
    () => expect.unreachable(),
    (error) => expect(String(error)).toContain("printable ASCII without spaces"),
  );
  expect(await readSecret(`exec:${variables}`, sources)).toBe("0");
  expect(await readSecret(`file:${data}/own/key`, sources)).toBe("sk-of-its-own");
});

test("a hostile reference is refused, and nothing of what it names is told", async () => {
  symlinkSync(join(folder, "outside"), join(allowed, "link"));
  symlinkSync(folder, join(allowed, "folder"));
  const outside = "no such file is in a folder";
  const cases: [string, string][] = [
    ["env:OTHER_KEY", "SAHAB_SECRET_ENV"],
    ["env:SAHAB_MASTER_KEY", "SAHAB_SECRET_ENV"],
    ["env:PATH", "SAHAB_SECRET_ENV"],
    ["env:__proto__", "SAHAB_SECRET_ENV"],
    ["env:constructor", "SAHAB_SECRET_ENV"],
    ["env:EMPTY_KEY", "not set"],
    [`file:${folder}/outside`, outside],
    [`file:${allowed}/../outside`, outside],
    [`file:${allowed}/link`, outside],
    [`file:${allowed}/folder/outside`, outside],
    [`file:${allowed}/none`, outside],
    [`file:${data}/master.key`, outside],
    [`file:/proc/self/environ`, outside],
    [`file:${allowed}`, outside],
    [`exec:${script}`, "with these arguments"],
    [`exec:${script} a b c`, "with these arguments"],
    [`exec:${script} a 'b c' d`, "with these arguments"],
    [`exec:${script} a 'b c' ; id`, "it is no reference"],
    [`exec:/bin/sh -c id`, "with these arguments"],
    [`exec:${folder}/../${script} a 'b c'`, "with these arguments"],
    ["exec:/nowhere/program", "cannot be started"],
  ];
  for (const [reference, why] of cases) {
    const fault = await faultOf(reference);
    expect(`${reference}: ${fault}`).toContain(why);
    expect(fault).not.toMatch(/sk-|^read/);
  }
});

test("what is no secret, too large, or no file is refused", async () => {
  put(join(allowed, "large"), "x".repeat(9_000));
  put(join(allowed, "lines"), "-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----\n");
  put(join(allowed, "empty"), "\n");
  mkdirSync(join(allowed, "sub"));
  Bun.spawnSync(["mkfifo", join(allowed, "pipe")]);
  expect(await faultOf(`file:${allowed}/large`)).toContain("at most");
  expect(await faultOf(`file:${allowed}/lines`)).toContain("without spaces");
  expect(await faultOf(`file:${allowed}/lines`)).not.toContain("MII");
  expect(await faultOf(`file:${allowed}/empty`)).toContain("nothing in it");
  expect(await faultOf(`file:${allowed}/sub`)).toContain("expected a file");
  expect(await faultOf(`file:${allowed}/pipe`)).toContain("expected a file");
});

test("a command is bounded in time and output, with all that it starts, and what it prints is in no error", async () => {
  expect(await faultOf(`exec:${loud}`)).toContain("printed more than");
  const failed = await faultOf(`exec:${failing}`);
  expect(failed).toContain("status 3");
  expect(failed).not.toContain("sk-");
  expect(await faultOf(`exec:${slow} ${pidFile}`)).toContain("did not end within");
  const pid = Number(await Bun.file(pidFile).text());
  await eventually("the end of what it started", () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});

test("secrets by reference go to the vendors' own addresses and to listed hosts only", () => {
  const forbidden = (provider: object) =>
    findForbidden({ providers: [{ name: "p", vendor: "deepseek", api_key: "env:VENDOR_KEY", ...provider }] }, sources);
  expect(forbidden({})).toEqual([]);
  expect(forbidden({ base_url: "https://api.deepseek.com/v1" })).toEqual([]);
  expect(forbidden({ base_url: "https://llm.corp:8443/v1" })).toEqual([]);
  expect(forbidden({ base_url: "http://10.0.0.5:8000/v1" })).toEqual([]);
  expect(forbidden({ base_url: "http://127.0.0.1:9000" })).toEqual([]);
  for (const provider of [
    { base_url: "https://attacker.example" },
    { base_url: "http://api.deepseek.com" },
    { base_url: "https://api.deepseek.com.attacker.example" },
    { base_url: "https://llm.corp" },
    { base_url: "http://llm.corp:8443" },
    { base_url: "https://10.0.0.5:8000" },
    { base_url: "http://10.0.0.5:8001" },
    { headers: { Host: "attacker.example" } },
    { tls: { insecure: true } },
    { tls: { ca: "-----BEGIN" } },
    { proxy: "http://attacker.example:3128" },
  ])
    expect(forbidden(provider).join()).toMatch(/SAHAB_SECRET_HOSTS/);
  expect(forbidden({ api_key: "sk-literal", base_url: "https://anywhere.example" })).toEqual([]);
  expect(forbidden({ api_key: "sk-x", headers: { "x-k": "env:OTHER" } }).join()).toContain("headers.x-k");
});

test("lists that would give away Sahab's own keys, or are not clear, stop the start", () => {
  const messageOf = (variables: Record<string, string>) => {
    try {
      parseEnvironment(variables);
      return "taken";
    } catch (error) {
      expect(error).toBeInstanceOf(EnvironmentError);
      return (error as Error).message;
    }
  };
  expect(messageOf({ SAHAB_SECRET_ENV: "SAHAB_MASTER_KEY" })).toContain("never sent");
  expect(messageOf({ SAHAB_SECRET_ENV: "sahab_admin_key" })).toContain("never sent");
  expect(messageOf({ SAHAB_SECRET_ENV: "A-B" })).toContain("names of variables");
  expect(messageOf({ SAHAB_SECRET_COMMANDS: "op read x" })).toContain("absolute path");
  expect(messageOf({ SAHAB_SECRET_COMMANDS: "/bin/sh -c 'a" })).toContain("quote");
});

test("commands are split by one rule", () => {
  expect(splitCommands(`/a  b 'c "d' "e;f" g'h i'j ''; /k;;\n\n/l`)).toEqual([
    ["/a", "b", 'c "d', "e;f", "gh ij", ""],
    ["/k"],
    ["/l"],
  ]);
  expect(splitCommands("/a $HOME \\n `id`")).toEqual([["/a", "$HOME", "\\n", "`id`"]]);
  expect(splitCommands("/a 'b")).toBeUndefined();
});

test("what looks like a reference and is none is told, and not repeated", () => {
  const doubts = (fields: object) =>
    findDoubts(
      parseCloudConfig({ providers: [{ name: "p", vendor: "deepseek", ...fields }], projects: [{ name: "default" }] }),
    );
  for (const value of ["Bearer env:TEAM_KEY", "ENV:TEAM_KEY", "Basic file:/run/secrets/key", "env: TEAM_KEY"])
    expect(doubts({ headers: { "x-key": value } })).toEqual([
      expect.stringMatching(/^provider p: headers\.x-key looks like a reference(?!.*TEAM_KEY)(?!.*secrets\/key)/),
    ]);
  expect(doubts({ api_key: "ENV:TEAM_KEY" }).join()).toContain("api_key looks like a reference");
  expect(doubts({ api_key: "env:TEAM_KEY", headers: { "x-a": "environment: prod", "x-b": "file:/k" } })).toEqual([]);
});

test("a reference has its form in full; other texts are secrets themselves", () => {
  expect(parseSecretReference("file:relative")).toBeUndefined();
  expect(parseSecretReference("exec:relative a")).toBeUndefined();
  expect(parseSecretReference("env: prod")).toBeUndefined();
  expect(parseSecretReference("sk-env:A")).toBeUndefined();
  expect(parseSecretReference("env:A_B")).toEqual({ kind: "env", name: "A_B" });
});
