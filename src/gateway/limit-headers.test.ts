import { expect, test } from "bun:test";
import { limitHeaders } from "./limit-headers.ts";

const nowMs = Date.parse("2026-11-27T10:00:00Z");

test("limits are told as OpenAI tells them, and to Anthropic's clients as Anthropic does, too", () => {
  const views = {
    requests: { limit: 60, remaining: 59, resetMs: 1_000 },
    tokens: { limit: 9_000, remaining: -5, resetMs: 360_500 },
  };
  const chat = limitHeaders("openai-chat", views, nowMs);
  expect(chat.split("\r\n")).toEqual([
    "x-ratelimit-limit-requests: 60",
    "x-ratelimit-remaining-requests: 59",
    "x-ratelimit-reset-requests: 1s",
    "x-ratelimit-limit-tokens: 9000",
    "x-ratelimit-remaining-tokens: 0",
    "x-ratelimit-reset-tokens: 6m0.5s",
    "",
  ]);
  const messages = limitHeaders("anthropic-messages", { requests: views.requests }, nowMs);
  expect(messages.split("\r\n").slice(3)).toEqual([
    "anthropic-ratelimit-requests-limit: 60",
    "anthropic-ratelimit-requests-remaining: 59",
    "anthropic-ratelimit-requests-reset: 2026-11-27T10:00:01Z",
    "",
  ]);
  expect(limitHeaders("openai-chat", {}, nowMs)).toBe("" as never);
  const span = (resetMs: number) =>
    /reset-requests: (\S+)/.exec(limitHeaders("x", { requests: { limit: 1, remaining: 0, resetMs } }, nowMs))?.[1];
  expect([0, 0.2, 120, 59_999, 60_000].map(span)).toEqual(["0s", "1ms", "120ms", "59.999s", "1m0s"]);
});
