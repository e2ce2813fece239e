/** A configuration with one model, `name`, which a vendor of OpenAI's dialect serves at `url`. */
export function oneModelConfig(url: string, name: string) {
  return {
    providers: [{ name: "v", vendor: "compatible", base_url: url }],
    models: [{ name, targets: [{ provider: "v", model: name }], price: { currency: "USD", input: 1, output: 2 } }],
    projects: [{ name: "default" }],
  };
}
