import { expect, test } from "bun:test";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { CloudConfigError } from "./cloud-config.ts";
import { diffConfigs, keepSecrets, withoutSecrets } from "./difference.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { buildSnapshot } from "./snapshot.ts";

// Webhooks of alerts, and what a provider's call does when its client leaves, as cloud.yaml declares them.

const secret = "the-secret-of-a-webhook";
const url = "https://hooks.example.com/x";

function problemsOf(document: object): string[] {
  try {
    parseCloudConfig(document);
    return [];
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
}

test.each<[object, string]>([
  [{ url: "ftp://a/b", secret }, "alerts[0].url: expected an address such as https://hooks.example.com/sahab"],
  [{ url: "https://u:p@a/b", secret }, "alerts[0].url: expected an address without a user and password"],
  [{ url, secret: "short" }, "alerts[0].secret: expected at least 16 characters"],
  [{ url, secret: "env:HOOK_SECRET_NAME" }, "alerts[0].secret: expected the secret itself or ${NAME}"],
  [{ url, secret, at: [0] }, "alerts[0].at[0]: expected at least 1; found 0"],
  [{ url, secret, when: [50] }, "alerts[0].when: unknown field; allowed: url, secret, allow_private, at"],
])("a webhook %j is refused, and nothing secret of it is shown", (alert, told) => {
  const [problem] = problemsOf({ alerts: [alert] });
  expect(problem).toStartWith(told);
  for (const word of [secret, "u:p", "ftp:"]) expect(problem).not.toContain(word);
});

test("an address stands once", () => {
  expect(problemsOf({ alerts: [{ url }, { url }] })).toEqual(["alerts[1].url: this address stands twice among alerts"]);
});

test("a secret is kept for its own address only, is never shown, and no change where it is left out", () => {
  const stored = parseCloudConfig({ alerts: [{ url, secret, at: [90] }] });
  const shown = withoutSecrets(stored);
  expect(shown.alerts).toEqual([{ url, at: [90] }]);
  expect(diffConfigs(stored, keepSecrets(stored, shown))).toEqual([]);
  const other = parseCloudConfig({ alerts: [{ url: `${url}/y` }] });
  expect(() => keepSecrets(stored, other)).toThrow("alerts[0].secret: none is given, and none is stored");
  const changed = parseCloudConfig({ alerts: [{ url, secret: `${secret}-another` }] });
  expect(diffConfigs(stored, keepSecrets(stored, changed))).toEqual([
    {
      action: "update",
      kind: "alert",
      name: url,
      fields: ["settings"],
      values: [
        { path: "settings.secret", secret: true },
        { path: "settings.at", before: [90] },
      ],
    },
  ]);
});

test("targets know how long an answer is read on after its client has left", () => {
  const modes = { cancel: { mode: "cancel" }, usual: { mode: "drain" }, brief: { mode: "drain", limit_ms: 500 } };
  const document = {
    providers: Object.entries(modes).map(([name, on_disconnect]) => ({
      name,
      vendor: "compatible",
      base_url: "http://127.0.0.1:1/v1",
      on_disconnect,
    })),
    models: Object.keys(modes).map((name) => ({ name, targets: [{ provider: name, model: "m" }], price: "free" })),
    alerts: [{ url, secret }],
  };
  const localUpstream = () => {
    throw new Error("no local model");
  };
  const snapshot = buildSnapshot({ dialects: [openaiChat], localUpstream }, parseCloudConfig(document));
  const drains = Object.keys(modes).map((name) => snapshot.models.get(name)?.targets[0]?.drainMs);
  expect(drains).toEqual([undefined, 30_000, 500]);
  expect(snapshot.alerts).toEqual([{ url, secret, allowsPrivate: false, at: [50, 80, 95, 100] }]);
  const tooLong = { ...document.providers[0], on_disconnect: { mode: "drain", limit_ms: 600_001 } };
  expect(problemsOf({ providers: [tooLong] })).toEqual([
    "providers[0].on_disconnect.limit_ms: expected at most 600000; found 600001",
  ]);
});
