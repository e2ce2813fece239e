import { expect, test } from "bun:test";
import type { CloudConfig, Snapshot } from "../config/index.ts";
import { CurrentConfig } from "./current-config.ts";

const project = (name: string) => ({ kind: "projects" as const, name, position: 0, spec: { name }, secret: null });

/** A store whose configuration is a project with the name of its version; `fails` makes the next read of it fail. */
class Versions {
  now = 1;
  fails = 0;
  /** Holds up the next read. */
  gate: Promise<void> | undefined;
  version = () => Promise.resolve(this.now);
  async readResources() {
    const { now, gate } = this;
    this.gate = undefined;
    await gate;
    if (this.fails-- > 0) throw new Error("the disk is away");
    return [project(`v${now}`)];
  }
}

const snapshotOf = (config: CloudConfig): Promise<Snapshot> =>
  Promise.resolve({
    models: new Map(),
    projects: new Map(config.projects.map(({ name }) => [name, null])),
  });
/** Without the project that is always there. */
const namesOf = ({ snapshot }: CurrentConfig) => [...snapshot.projects.keys()].filter((name) => name !== "default");

test("a read that failed is tried again: the version counts as seen only with its configuration", async () => {
  const store = new Versions();
  const config = await CurrentConfig.read(store, snapshotOf);
  expect(namesOf(config)).toEqual(["v1"]);
  store.now = 2;
  store.fails = 1;
  expect(await config.reload().then(String, String)).toContain("the disk is away");
  expect(namesOf(config)).toEqual(["v1"]);
  expect(await config.isStale()).toBeTrue();
  await config.reload();
  expect(namesOf(config)).toEqual(["v2"]);
  expect(await config.isStale()).toBeFalse();
});

test("what cannot be served changes nothing, and is tried again", async () => {
  const store = new Versions();
  let isBad = false;
  const config = await CurrentConfig.read(store, (next) => {
    if (isBad) throw new Error("cannot be served");
    return snapshotOf(next);
  });
  store.now = 2;
  isBad = true;
  expect(await config.reload().then(String, String)).toContain("cannot be served");
  expect(namesOf(config)).toEqual(["v1"]);
  isBad = false;
  await config.reload();
  expect(namesOf(config)).toEqual(["v2"]);
});

test("a slow reload never brings back what a later one has replaced", async () => {
  const store = new Versions();
  const config = await CurrentConfig.read(store, snapshotOf);
  const slow = Promise.withResolvers<void>();
  store.now = 2;
  store.gate = slow.promise;
  const first = config.reload();
  await Bun.sleep(1);
  store.now = 3;
  const second = config.reload();
  slow.resolve();
  await Promise.all([first, second]);
  expect(namesOf(config)).toEqual(["v3"]);
  expect(await config.isStale()).toBeFalse();
});
