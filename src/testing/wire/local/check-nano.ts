import { expect } from "bun:test";
import { ask } from "../ask.ts";
import type { Asked } from "../asked.ts";
import type { Feature } from "../features.ts";
import type { Kit } from "../kit.ts";
import { models, type LocalStage } from "./stage.ts";

/** A model that was trained, whose answers can't be written beforehand, so that of them only the form is looked at. It sees no images. */
export async function checkNano(client: Kit, feature: Feature, stage: LocalStage): Promise<void> {
  for (const form of feature.forms) {
    const maxTokens = feature.name === "stop for length" ? 3 : 96;
    const asked: Asked = { ...feature.asked, model: models.nano, stream: form === "stream", maxTokens };
    const got = await ask(client, asked, stage);
    if (feature.name === "image in") {
      expect({ status: got.status, message: got.error?.message }).toEqual({
        status: 400,
        message: expect.stringContaining("image"),
      });
      continue;
    }
    const { status, isWhole, error, dropped, said } = got;
    expect({ status, isWhole, error }).toEqual({ status: 200, isWhole: true, error: undefined });
    expect(dropped.filter((path) => !path.endsWith("name"))).toEqual([]);
    expect(said.usage.input).toBeGreaterThan(0);
    expect(said.usage.output).toBeGreaterThan(0);
    expect(said.usage.output).toBeLessThanOrEqual(maxTokens);
    if (feature.name === "stop for length") expect(said.stop).toBe("length");
    if (feature.name === "stop text") for (const text of asked.stop) expect(said.text).not.toContain(text);
    if (feature.name === "structured output" && said.stop === "stop")
      expect(Object.keys(JSON.parse(said.text) as object)).toEqual(["town", "sizes"]);
    if (feature.name === "forced tool" && said.stop !== "length")
      expect(said.calls.map(({ name }) => name)).toEqual(["get_weather"]);
    if (feature.name.endsWith(" tool") && said.stop !== "length") {
      expect(said.calls.length).toBeGreaterThan(0);
      expect(said.stop).toBe("tool-calls");
    }
  }
}
