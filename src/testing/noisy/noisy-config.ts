import { hostileModels } from "./hostile-vendor.ts";

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
