import type { EngineStatus } from "../../engine/index.ts";
import { eventually } from "../eventually.ts";
import type { TestSahab } from "../run-sahab.ts";
import { hostileModels } from "./hostile-vendor.ts";
import type { NoiseTarget } from "./noise.ts";

/** One Sahab for three projects: a vendor that answers well, the noisy neighbour's own vendor, and a local model. */
export function noisyConfig(vendors: { goodUrl: string; vendorUrl: string; sinkUrl: string }) {
  const price = { currency: "USD", input: 1, output: 2 };
  return {
    providers: [
      { name: "good", vendor: "compatible", base_url: vendors.goodUrl },
      { name: "hostile", vendor: "compatible", base_url: vendors.vendorUrl },
      { name: "sink", vendor: "compatible", base_url: vendors.sinkUrl },
    ],
    models: [
      { name: "quick", targets: [{ provider: "good", model: "quick" }], price },
      { name: "sink", targets: [{ provider: "sink", model: "sink" }], price },
      ...hostileModels.map((model) => ({ name: model, targets: [{ provider: "hostile", model }], price })),
      { name: "nano", local: { file: "nano.gguf", context: 4096, slots: 4 } },
    ],
    projects: projects.map((name) => ({ name })),
  };
}

export const projects = ["noisy", "calm", "busy"] as const;

/** Makes a key for each project and waits for the engine. Returns the keys, and where the noisy project sends its noise. */
export async function prepareProjects(
  sahab: TestSahab,
): Promise<{ keys: Record<(typeof projects)[number], string>; target: NoiseTarget }> {
  const keys = { noisy: "", calm: "", busy: "" };
  for (const project of projects) keys[project] = (await sahab.createKey({ project })).key;
  await eventually(
    "the engine",
    async () => {
      const { engines } = await sahab.adminJson<{ engines: EngineStatus[] }>("/ps");
      return engines.every(({ state }) => state === "ready");
    },
    30_000,
  );
  const target = {
    address: sahab.address,
    key: keys.noisy,
    vendorModel: "quick",
    ownModel: "sink",
    localModel: "nano",
  };
  return { keys, target };
}
