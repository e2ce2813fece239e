import { afterEach, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { localModel, placeModels, readFleet, readModel } from "../testing/memory-fleet.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab | undefined;
afterEach(async () => {
  await sahab?.close();
  sahab = undefined;
});

const ask = async (model: string, maxTokens = 3) => {
  const body = { model, max_tokens: maxTokens, messages: [{ role: "user", content: "Hi" }] };
  const response = await (sahab as TestSahab).call("/v1/chat/completions", body);
  return { status: response.status, retryAfter: response.headers.get("retry-after"), text: await response.text() };
};

/** Runs these models within a budget for so many of them. */
async function start(names: readonly string[], fit: number, env: Record<string, string> = {}) {
  const running = (sahab = await runSahab({ env }));
  await placeModels(running.dataDir, names);
  const models = names.map((name) => localModel(name));
  await running.apply({ memory: "20GB", models });
  const { estimatedBytes } = await eventually("the estimate", async () => {
    const found = await readModel(running, names[0] ?? "");
    return found.estimatedBytes === null ? undefined : { estimatedBytes: found.estimatedBytes };
  });
  const budget = (count: number) => `${Math.floor(estimatedBytes * count)}B`;
  await running.apply({ memory: budget(fit), models });
  return { running, models, budget, estimatedBytes };
}

test("a budget lowered at runtime frees memory; what can never fit is refused; a removed model and a restart leave nothing", async () => {
  const { running, models, budget, estimatedBytes } = await start(["a", "b"], 2.5);
  expect((await readModel(running, "a")).state).toBe("sleeping");
  expect((await Promise.all([ask("a"), ask("b")])).map(({ status }) => status)).toEqual([200, 200]);
  const { memory } = await readFleet(running);
  expect(memory?.reservedBytes).toBeGreaterThanOrEqual(2 * estimatedBytes);
  const shown = await running.command(["ps"]);
  expect(shown.stdout).toMatch(/a +loaded/);
  expect(shown.stdout).toMatch(/memory: .* reserved, .* free/);
  const json = JSON.parse((await running.command(["ps", "--json"])).stdout) as { memory: { budget: object } }[];
  expect(json[0]?.memory.budget).toMatchObject({ budgetBytes: memory?.budgetBytes });
  const metrics = await (await fetch(`${running.address}/metrics`)).text();
  expect(metrics).toContain('sahab_local_models{state="loaded"} 2');

  await running.apply({ memory: budget(1.5), models });
  await eventually("one that sleeps", async () => {
    const { engines, memory } = await readFleet(running);
    const states = new Set(engines.map(({ memory }) => memory?.state));
    return (
      states.has("loaded") &&
      states.has("sleeping") &&
      (memory?.reservedBytes ?? Infinity) <= (memory?.budgetBytes ?? 0)
    );
  });

  const refused = await running.admin("/apply", { json: { memory: budget(0.9), models } });
  expect(refused.status).toBe(400);
  const text = await refused.text();
  expect(text).toMatch(/Model a needs \d+ MB of memory, and the budget is \d+ MB.*smaller context/);
  // A file that is not there when it is applied is refused as before; one that grows later, at the request.
  const pinned = [localModel("a", { keep_alive: "always" }), localModel("b")];
  const together = await running.admin("/apply", { json: { memory: budget(1.5), models: pinned } });
  expect(await together.text()).toContain("keep_alive: always take");

  const sleeping = (await readFleet(running)).engines.find(({ memory }) => memory?.state === "sleeping")?.name ?? "";
  await running.apply({ memory: budget(1.5), models: models.filter(({ name }) => name !== sleeping) });
  expect((await readFleet(running)).engines.map(({ name }) => name)).not.toContain(sleeping);
  expect((await ask(sleeping)).status).toBe(404);

  await running.restart();
  expect((await readFleet(running)).memory?.reservedBytes).toBe(0);
  const other = models.find(({ name }) => name !== sleeping)?.name ?? "";
  expect((await ask(other)).status).toBe(200);
}, 30_000);

test("an engine that is killed while it loads frees its reservation: its requests get the next load, and hear of two that failed", async () => {
  const { running } = await start(["a", "b"], 2.5);
  /** Kills so many processes of a model while they load. */
  const killLoads = async (model: string, count: number) => {
    const killed = new Set<number>();
    await eventually(`${count} loads of ${model}`, async () => {
      const { pid, state } = await readModel(running, model);
      if (pid === null || killed.has(pid) || state !== "loading") return undefined;
      process.kill(pid, "SIGKILL");
      killed.add(pid);
      return killed.size === count || undefined;
    });
  };
  const [once] = await Promise.all([ask("a"), killLoads("a", 1)]);
  expect(once.status).toBe(200);
  expect(await readModel(running, "a")).toMatchObject({ state: "loaded", loadsLastMinute: 2 });
  const [twice] = await Promise.all([ask("b"), killLoads("b", 2)]);
  expect(twice).toMatchObject({ status: 503, retryAfter: "5" });
  expect(twice.text).toContain("Model b could not be loaded: its process ended by signal SIGKILL");
  expect(await readModel(running, "b")).toMatchObject({ state: "sleeping", reservedBytes: 0, waiting: 0 });
  // A request for it waits until it may be loaded again.
  void ask("b").catch(() => undefined);
  await eventually("a request that waits", async () => (await readModel(running, "b")).state === "waiting");
  expect((await ask("a")).status).toBe(200);
}, 30_000);

test("keep_alive lets a model sleep without a budget; requests to a loaded one need nothing of the first process", async () => {
  const port = String(await findFreePort());
  const running = (sahab = await runSahab({ env: { SAHAB_WORKERS: "2", SAHAB_PORT: port } }));
  await placeModels(running.dataDir, ["always", "once", "late"]);
  const models = [
    localModel("always"),
    localModel("once", { keep_alive: 0 }),
    localModel("late", { keep_alive: "1h" }),
  ];
  await running.apply({ models });
  const exported = await running.command(["export"]);
  expect(exported.stdout).toContain("keep_alive: 1h");
  expect((await running.apply({ models })).changes).toEqual([]);
  const { engines } = await readFleet(running);
  expect(engines.map(({ name, memory }) => [name, memory?.state])).toEqual([
    ["always", undefined],
    ["once", "sleeping"],
    ["late", "sleeping"],
  ]);
  expect(
    (await Promise.all(["always", "once", "late"].map((model) => ask(model)))).map(({ status }) => status),
  ).toEqual([200, 200, 200]);
  await eventually("one that sleeps", async () => (await readModel(running, "once")).state === "sleeping");
  expect((await readModel(running, "late")).state).toBe("loaded");
  // Every worker has to know the engine.
  for (let i = 0; i < 10; i++) expect((await ask("late")).status).toBe(200);
  running.signal("SIGSTOP");
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("late")));
  running.signal("SIGCONT");
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
}, 30_000);
