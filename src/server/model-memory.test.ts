import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { localModel, placeModels, readFleet, readModel } from "../testing/memory-fleet.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({ env: { SAHAB_WORKERS: "2", SAHAB_PORT: String(await findFreePort()) } });
});
afterAll(() => sahab.close());

const ask = async (model: string, maxTokens = 3) => {
  const body = { model, max_tokens: maxTokens, messages: [{ role: "user", content: "Hi" }] };
  const response = await sahab.call("/v1/chat/completions", body);
  return { status: response.status, retryAfter: response.headers.get("retry-after"), text: await response.text() };
};

/** Applies these models within a budget for so many of them. */
async function fit(names: readonly string[], count: number) {
  await placeModels(sahab.dataDir, names);
  const models = names.map((name) => localModel(name));
  await sahab.apply({ memory: "20GB", models });
  const estimatedBytes = await eventually("the estimate", async () => {
    const { estimatedBytes } = await readModel(sahab, names[0] ?? "");
    return estimatedBytes ?? undefined;
  });
  const budget = (count: number) => `${Math.floor(estimatedBytes * count)}B`;
  await sahab.apply({ memory: budget(count), models });
  return { models, budget, estimatedBytes };
}

test("a budget lowered at runtime frees memory; what can never fit is refused; a removed model and a restart leave nothing", async () => {
  const { models, budget, estimatedBytes } = await fit(["a", "b"], 2.5);
  expect((await readModel(sahab, "a")).state).toBe("sleeping");
  expect((await Promise.all([ask("a"), ask("b")])).map(({ status }) => status)).toEqual([200, 200]);
  const { memory } = await readFleet(sahab);
  expect(memory?.reservedBytes).toBeGreaterThanOrEqual(2 * estimatedBytes);
  const shown = await sahab.command(["ps"]);
  expect(shown.stdout).toMatch(/a +loaded/);
  expect(shown.stdout).toMatch(/memory: .* reserved, .* free/);
  const json = JSON.parse((await sahab.command(["ps", "--json"])).stdout) as { memory: { budget: object } }[];
  expect(json[0]?.memory.budget).toMatchObject({ budgetBytes: memory?.budgetBytes });
  const metrics = await (await fetch(`${sahab.address}/metrics`)).text();
  expect(metrics).toContain('sahab_local_models{state="loaded"} 2');

  await sahab.apply({ memory: budget(1.5), models });
  await eventually("one that sleeps", async () => {
    const { engines, memory } = await readFleet(sahab);
    const states = new Set(engines.map(({ memory }) => memory?.state));
    return (
      states.has("loaded") &&
      states.has("sleeping") &&
      (memory?.reservedBytes ?? Infinity) <= (memory?.budgetBytes ?? 0)
    );
  });

  const refused = await sahab.admin("/apply?prune=1", { json: { memory: budget(0.9), models } });
  expect(refused.status).toBe(400);
  const text = await refused.text();
  expect(text).toMatch(/Model a needs \d+ MB of memory, and the budget is \d+ MB.*smaller context/);
  // A file that is not there when it is applied is refused as before; one that grows later, at the request.
  const pinned = [localModel("a", { keep_alive: "always" }), localModel("b")];
  const together = await sahab.admin("/apply?prune=1", { json: { memory: budget(1.5), models: pinned } });
  expect(await together.text()).toContain("keep_alive: always take");

  const sleeping = (await readFleet(sahab)).engines.find(({ memory }) => memory?.state === "sleeping")?.name ?? "";
  await sahab.apply({ memory: budget(1.5), models: models.filter(({ name }) => name !== sleeping) });
  expect((await readFleet(sahab)).engines.map(({ name }) => name)).not.toContain(sleeping);
  expect((await ask(sleeping)).status).toBe(404);

  await sahab.restart();
  expect((await readFleet(sahab)).memory?.reservedBytes).toBe(0);
  const other = models.find(({ name }) => name !== sleeping)?.name ?? "";
  expect((await ask(other)).status).toBe(200);
});

test("an engine that is killed while it loads frees its reservation: its requests get the next load, and hear of two that failed", async () => {
  await fit(["c", "d"], 2.5);
  /** Kills so many processes of a model while they load. */
  const killLoads = async (model: string, count: number) => {
    const killed = new Set<number>();
    await eventually(`${count} loads of ${model}`, async () => {
      const { pid, state } = await readModel(sahab, model);
      if (pid === null || killed.has(pid) || state !== "loading") return undefined;
      process.kill(pid, "SIGKILL");
      killed.add(pid);
      return killed.size === count || undefined;
    });
  };
  const [once] = await Promise.all([ask("c"), killLoads("c", 1)]);
  expect(once.status).toBe(200);
  expect(await readModel(sahab, "c")).toMatchObject({ state: "loaded", loadsLastMinute: 2 });
  const [twice] = await Promise.all([ask("d"), killLoads("d", 2)]);
  expect(twice).toMatchObject({ status: 503, retryAfter: "5" });
  expect(twice.text).toContain("Model d could not be loaded: its process ended by signal SIGKILL");
  expect(await readModel(sahab, "d")).toMatchObject({ state: "sleeping", reservedBytes: 0, waiting: 0 });
  // A request for it waits until it may be loaded again.
  void ask("d").catch(() => undefined);
  await eventually("a request that waits", async () => (await readModel(sahab, "d")).state === "waiting");
  expect((await ask("c")).status).toBe(200);
});

test("keep_alive lets a model sleep without a budget; requests to a loaded one need nothing of the first process", async () => {
  await placeModels(sahab.dataDir, ["always", "once", "late"]);
  const models = [
    localModel("always"),
    localModel("once", { keep_alive: 0 }),
    localModel("late", { keep_alive: "1h" }),
  ];
  await sahab.apply({ models });
  const exported = await sahab.command(["export"]);
  expect(exported.stdout).toContain("keep_alive: 1h");
  expect((await sahab.apply({ models })).changes).toEqual([]);
  const { engines } = await readFleet(sahab);
  expect(engines.map(({ name, memory }) => [name, memory?.state])).toEqual([
    ["always", undefined],
    ["once", "sleeping"],
    ["late", "sleeping"],
  ]);
  expect(
    (await Promise.all(["always", "once", "late"].map((model) => ask(model)))).map(({ status }) => status),
  ).toEqual([200, 200, 200]);
  await eventually("one that sleeps", async () => (await readModel(sahab, "once")).state === "sleeping");
  expect((await readModel(sahab, "late")).state).toBe("loaded");
  // Every worker has to know the engine.
  for (let i = 0; i < 10; i++) expect((await ask("late")).status).toBe(200);
  sahab.signal("SIGSTOP");
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("late")));
  sahab.signal("SIGCONT");
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));

  // Those that run when a budget is set were not bound by it, and are loaded anew.
  await sahab.apply({ memory: "20GB", models });
  const states = async () => (await readFleet(sahab)).engines.map(({ memory }) => memory?.state);
  await eventually("that all sleep", async () => (await states()).every((state) => state === "sleeping"));
  expect((await ask("always")).status).toBe(200);
  expect(await states()).toEqual(["loaded", "sleeping", "sleeping"]);
});
