import { expect, test } from "bun:test";
import { getLlama, type LlamaModel } from "node-llama-cpp";
import { openAddon } from "./addon.ts";

test("a library that lacks something that is used is refused at load", async () => {
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
  const model = { _model: {} } as unknown as LlamaModel;
  expect(() => openAddon(llama, model)).not.toThrow();
  const bindings = Reflect.get(llama, "_bindings") as { AddonContext: { prototype: object } };
  function Older() {
    return undefined;
  }
  for (const name of Object.getOwnPropertyNames(bindings.AddonContext.prototype))
    if (name !== "decodeBatch" && name !== "constructor")
      Reflect.set(Older.prototype, name, Reflect.get(bindings.AddonContext.prototype, name));
  const older = { _bindings: { ...bindings, AddonContext: Older } } as unknown as typeof llama;
  expect(() => openAddon(older, model)).toThrow("this version of node-llama-cpp");
});
