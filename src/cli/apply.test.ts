import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { openApplyWorld, type ApplyWorld } from "../testing/apply-world.ts";
import { runInTerminal } from "../testing/run-in-terminal.ts";

let world: ApplyWorld;
let { sahab, cloud, apply, fileOf } = {} as ApplyWorld;

beforeAll(async () => {
  world = await openApplyWorld();
  ({ sahab, cloud, apply, fileOf } = world);
});

afterAll(() => world?.close());

/** Without the command, which takes longer. */
const become = (text: string) => sahab.adminJson("/apply?prune=1", { json: parseYaml(text) as object });
const managers = async () => {
  const { resources } = await sahab.adminJson<{ resources: { kind: string; name: string; managed_by: string }[] }>(
    "/config/managers",
  );
  return Object.fromEntries(resources.map(({ kind, name, managed_by: by }) => [`${kind} ${name}`, by]));
};
const two = () => cloud("aliases: { quick: chat, slow: nano }\nprojects: [{ name: team, models: [nano, chat] }]\n");

describe("who manages what", () => {
  test("a file names what is not its own, and what it does not name stays and is told", async () => {
    expect(await managers()).toEqual({ "model nano": "pull", "project default": null as unknown as string });
    const first = await apply(two());
    expect(first).toMatchObject({ status: 0, stderr: "Not in the file, and kept: model nano (pull).\n" });
    expect(first.stdout).toContain("+ alias slow\n");
    expect(await managers()).toEqual({
      "provider p": "file",
      "model chat": "file",
      "model nano": "pull",
      "alias quick": "file",
      "alias slow": "file",
      "project team": "file",
      "project default": null as unknown as string,
    });
    const { models } = await sahab.adminJson<{ models: { name: string; managed_by: string }[] }>("/models");
    expect(models.map(({ name, managed_by: by }) => [name, by])).toEqual(
      expect.arrayContaining([
        ["chat", "file"],
        ["nano", "pull"],
      ]),
    );
  });

  test("export prints what a file manages; applied again it changes nothing", async () => {
    const exported = await sahab.command(["export"]);
    expect(parseYaml(exported.stdout)).toMatchObject({ models: [{ name: "chat" }], aliases: { slow: "nano" } });
    expect(exported.stderr).toBe("Not printed, since no file manages it: model nano (pull); --all prints it, too\n");
    expect(await apply(exported.stdout)).toMatchObject({ status: 0, stdout: "Nothing to change.\n" });
    expect(await sahab.command(["apply"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("sahab apply -f cloud.yaml") as string,
    });
    const all = await sahab.command(["export", "--all"]);
    expect(all.stderr).toBe("");
    const taken = await apply(all.stdout, "--dry-run");
    expect(taken.stdout).toBe("~ model nano (managed_by)\n    managed_by: pull → file\n1 change would be made.\n");
  });

  test("without a terminal deletions are listed and nothing changes; --prune and --yes make them", async () => {
    const before = await sahab.adminJson("/config");
    for (const extra of [[], ["--json"]]) {
      const refused = await apply(cloud(), ...extra);
      expect(refused).toMatchObject({ status: 1, stdout: "" });
      expect(refused.stderr).toBe(
        "Nothing was changed: nobody can be asked here, and the file managed these before and does not name them now:\n- project team\n- alias quick\n- alias slow\nTo delete them without a question: the same with --prune (or --yes)\n",
      );
    }
    expect(await sahab.adminJson("/config")).toEqual(before);
    expect((await apply(cloud(), "--dry-run")).stdout).toContain("- project team\n");
    for (const flag of ["--prune", "--yes"]) {
      expect(await apply(cloud(), flag)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("- alias slow\n"),
      });
      await become(two());
    }
    expect(Object.keys(await managers())).toContain("model nano");
  });

  test("on a terminal the deletions are shown and asked for", async () => {
    const file = fileOf(cloud());
    const env = sahab.commandEnvironment();
    const no = await runInTerminal(["apply", "-f", file], [["[y/N] ", "n\r"]], { env });
    expect(no.status).toBe(1);
    expect(no.shown).toContain("delete project team, alias quick, alias slow?");
    expect(no.shown).toContain("Nothing was changed.");
    expect(Object.keys(await managers())).toContain("project team");
    const yes = await runInTerminal(["apply", "-f", file], [["[y/N] ", "y\r"]], { env });
    expect(yes.status).toBe(0);
    expect(yes.shown).toContain("3 changes made.");
    expect(Object.keys(await managers())).not.toContain("project team");
  });

  test("what was confirmed is what is done: another plan is refused, with what it would be now", async () => {
    await become(two());
    const post = (query: string) => sahab.admin(`/apply${query}`, { json: parseYaml(cloud()) as object });
    const refused = await post("");
    expect(refused.status).toBe(409);
    const { error } = (await refused.json()) as { error: { code: string; plan: string; changes: unknown[] } };
    expect(error).toMatchObject({ code: "conflict", changes: [{ name: "team" }, { name: "quick" }, { name: "slow" }] });
    await become(`${two()}cors: { origins: [] }\n`);
    const other = await post(`?prune=1&plan=${error.plan}`);
    const now = ((await other.json()) as { error: { plan: string; changes: unknown[] } }).error;
    expect([other.status, now.changes.length]).toEqual([409, 4]);
    expect((await post(`?prune=1&plan=${now.plan}`)).status).toBe(200);
  });

  test("two files at once: each change is whole, and the last one's file is what is there", async () => {
    const file = (name: string) => ({ ...(parseYaml(cloud()) as object), projects: [{ name }, { name: `${name}-2` }] });
    const names = ["a", "b", "c", "d"];
    const answers = await Promise.all(names.map((name) => sahab.admin("/apply?prune=1", { json: file(name) })));
    // Each of them either was made, or has found the configuration changing at every try.
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const projects = Object.keys(await managers()).filter((name) => /^project [a-d](-2)?$/.test(name));
    expect(projects).toHaveLength(2);
    expect(projects[1]).toBe(`${projects[0]}-2`);
    await become(cloud());
  });

  test("what refers to a thing that goes is told by its name, since the file does not have it", async () => {
    // As the admin API would have stored it.
    await apply(cloud("projects: [{ name: theirs, models: [chat] }]\n"));
    await sahab.kill();
    const database = new Database(join(sahab.dataDir, "sahab.db"));
    database.run("UPDATE resources SET managed_by = 'console' WHERE name = 'theirs'");
    database.close();
    await sahab.start();
    const broken = await apply("providers: []\nmodels: []\n", "--prune");
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain(
      'project theirs, which the file does not name and which stays: models[0]: "chat" is not among the models (nano)',
    );
    const narrow = await apply(cloud("memory: 64MB\n"));
    expect(narrow.stderr).toMatch(
      /: model nano, which the file does not name and which stays: local: Model nano needs \d+ MB/,
    );
    expect(await apply(cloud())).toMatchObject({ status: 0, stdout: "Nothing to change.\n" });
    expect((await managers())["project theirs"]).toBe("console");
    expect((await apply(cloud("projects: [{ name: theirs, models: [chat] }]\n"))).stdout).toContain(
      "managed_by: console → file",
    );
    await become(cloud());
  });

  test("what an earlier version has stored is the file's where a file was applied, and pulled otherwise", async () => {
    const forget = async (more = "") => {
      await sahab.kill();
      const database = new Database(join(sahab.dataDir, "sahab.db"));
      database.run("UPDATE resources SET managed_by = NULL");
      if (more !== "") database.run(more);
      database.close();
      await sahab.start();
    };
    await forget();
    expect(await managers()).toMatchObject({ "model chat": "file", "model nano": "file" });
    const refused = await apply(cloud());
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("- model nano\n") });
    await forget("DELETE FROM resources WHERE name IN ('p', 'chat')");
    expect(await managers()).toEqual({ "model nano": "pull", "project default": null as unknown as string });
    expect(await apply(cloud())).toMatchObject({ status: 0 });
  });

  test("a start with SAHAB_CONFIG deletes nothing and says what would", async () => {
    const hook = "https://hooks.example.com/services/the-secret-path";
    const withHook = two() + `alerts: [{ url: "${hook}", secret: the-secret-of-a-webhook }]\n`;
    await become(cloud());
    const shown = [await apply(withHook), await apply(cloud())];
    expect(shown.map(({ status }) => status)).toEqual([0, 1]);
    for (const { stdout, stderr } of shown) {
      expect(stdout + stderr).toContain("alert https://hooks.example.com/…\n");
      expect(stdout + stderr).not.toContain(hook);
    }
    const file = fileOf(cloud());
    await sahab.kill();
    await sahab.start({ SAHAB_CONFIG: file });
    expect((await managers())["project team"]).toBe("file");
    await sahab.logged(
      `the file no longer names project team, alias quick, alias slow, alert https://hooks.example.com/…, which it managed before: a start deletes nothing; to delete it, run: sahab apply -f ${file} --prune`,
    );
    expect(sahab.logs()).not.toContain(hook);
    await sahab.restart();
    await become(cloud());
  });
});
