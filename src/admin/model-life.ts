import { statSync } from "node:fs";
import type { z } from "@hono/zod-openapi";
import { localProvider, type CloudConfig, type Snapshot } from "../config/index.ts";
import { modelFilePath } from "../fleet/index.ts";
import type { FailedReplica } from "../router/index.ts";
import type { modelSchema } from "./model-schemas.ts";
import type { LiveDeps } from "./provider-routes.ts";

type Model = z.infer<typeof modelSchema>;
type Health = Model["targets"][number]["health"];

/** What models are and how their targets do at one moment, for those who show them. */
export class ModelLife {
  readonly #snapshot: Snapshot;
  readonly #modelsDir: string;
  readonly #nowMs: number;
  readonly #failed: Map<string, FailedReplica[]>;
  readonly #attempts: Map<string, number>;
  /** Keys by provider: a target rests where all of its keys do. */
  readonly #keys = new Map<string, number>();

  /** `nowMs`: wall time. */
  constructor(deps: LiveDeps & { snapshot(): Snapshot; sources: { modelsDir: string } }, nowMs: number) {
    this.#snapshot = deps.snapshot();
    this.#modelsDir = deps.sources.modelsDir;
    this.#nowMs = nowMs;
    this.#failed = Map.groupBy(deps.failed(), ({ provider, model }) => `${provider}\n${model}`);
    this.#attempts = deps.attempts();
    for (const { name } of this.#snapshot.providers?.values() ?? [])
      this.#keys.set(name, (this.#keys.get(name) ?? 0) + 1);
  }

  healthOf(provider: string, model: string): Health {
    const target = `${provider}\n${model}`;
    const failed = this.#failed.get(target) ?? [];
    const resting = failed.filter(({ isResting }) => isResting);
    const isResting = resting.length > 0 && resting.length >= (this.#keys.get(provider) ?? 1);
    const last = failed.toSorted((a, b) => a.failedAgoMs - b.failedAgoMs)[0];
    const timeOf = (ms: number) => new Date(Math.round(this.#nowMs + ms)).toISOString();
    return {
      resting: isResting,
      resting_until: isResting ? timeOf(Math.min(...resting.map(({ restMs }) => restMs))) : null,
      failures: failed.reduce((sum, { failures }) => sum + failures, 0),
      last_failure_at: last ? timeOf(-last.failedAgoMs) : null,
      last_failure: last?.code ?? null,
      in_flight: this.#attempts.get(target) ?? 0,
    };
  }

  localOf({ name, local }: CloudConfig["models"][number]): Model["local"] {
    if (!local) return null;
    const { context, slots, keep_alive = null, cache_ram = null, priority, weight, file } = local;
    const bytes = statSync(modelFilePath(this.#modelsDir, file), { throwIfNoEntry: false })?.size ?? null;
    return {
      context,
      slots,
      keep_alive,
      cache_ram,
      priority,
      weight,
      file_bytes: bytes,
      health: this.healthOf(localProvider, name),
    };
  }

  factsOf(name: string): Model["facts"] {
    const facts = this.#snapshot.models.get(name)?.facts ?? {};
    const list = (names: readonly string[] | undefined) => (names ? [...names] : null);
    return {
      title: facts.title ?? null,
      work: facts.work ?? null,
      released: facts.released ?? null,
      context_tokens: facts.contextTokens ?? null,
      output_tokens: facts.outputTokensMax ?? null,
      takes: list(facts.takes),
      gives: list(facts.gives),
      tools: facts.tools ?? null,
      structured_output: facts.structuredOutput ?? null,
      reasoning: facts.thinks ?? null,
    };
  }
}
