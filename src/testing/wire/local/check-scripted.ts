import { expect } from "bun:test";
import { ask } from "../ask.ts";
import type { Asked } from "../asked.ts";
import { secondTurn } from "../check-cell.ts";
import type { Feature } from "../features.ts";
import type { Kit } from "../kit.ts";
import type { Got, Said } from "../said.ts";
import { droppedLocally } from "./dropped-locally.ts";
import { models, type LocalStage } from "./stage.ts";

/** A true engine whose model says what the feature's script says: the client gets that, word for word. */
export async function checkScripted(client: Kit, feature: Feature, stage: LocalStage): Promise<void> {
  const [first, second] = feature.script.answers;
  if (!first) throw new Error("a feature has an answer");
  const dropped = droppedLocally(client, feature);
  for (const form of feature.forms) {
    const asked: Asked = { ...feature.asked, model: models.scripted, stream: form === "stream" };
    const got = await ask(client, asked, stage);
    checkSaid(client, got, first, dropped);
    if (!feature.hasSecondTurn || !second) continue;
    const turns = [...asked.turns, ...secondTurn(client, got, first)];
    checkSaid(client, await ask(client, { ...asked, turns }, stage), second, dropped);
  }
}

function checkSaid(client: Kit, got: Got, expected: Said, expectedDropped: readonly string[]): void {
  const { status, error, isWhole, dropped, said } = got;
  expect({ status, error, isWhole }).toEqual({ status: 200, error: undefined, isWhole: true });
  expect(dropped).toEqual([...expectedDropped]);
  // What it counts is its own.
  const calls = expected.calls.map((call) => ({ ...call, id: expect.any(String) as string }));
  expect({ ...said, usage: undefined }).toEqual({ ...expected, calls, usage: undefined } as never);
  expect(said.usage.input).toBeGreaterThan(0);
  expect(said.usage.output).toBeGreaterThan(said.usage.reasoning);
  expect(said.usage.reasoning > 0).toBe(said.reasoning !== "");
  const ids = said.calls.map(({ id }) => id);
  if (client.name === "gemini") return;
  expect(ids).not.toContain("");
  expect(new Set(ids).size).toBe(ids.length);
}

/** The same prompt once more is not read anew but for its end. */
export async function checkCache(client: Kit, feature: Feature, stage: LocalStage): Promise<void> {
  for (const form of feature.forms) {
    const turns: Asked["turns"] = [
      { role: "user", parts: [{ type: "text", text: `What of ${client.api}, ${form}? `.repeat(8) }] },
    ];
    const asked: Asked = { ...feature.asked, turns, model: models.scripted, stream: form === "stream" };
    const first = await ask(client, asked, stage);
    let again = await ask(client, asked, stage);
    // The slot may have gone to another cell's prompt in between.
    for (let more = 0; more < 9 && again.said.usage.cached <= first.said.usage.cached; more++)
      again = await ask(client, asked, stage);
    const { input, cached } = again.said.usage;
    expect(input).toBe(first.said.usage.input);
    expect(cached).toBeGreaterThan(first.said.usage.cached);
    expect(cached).toBeLessThan(input);
  }
}
