import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sampleDialects, writeSample } from "../../console/src/pages/chat/samples/sample.ts";
import { startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { checksOf, hasPython, installPython, type PythonScripts } from "../testing/python/python-scripts.ts";
import { Proofs, type Script as WireScript } from "../testing/wire/kit.ts";
import { nothingSaid, type Said } from "../testing/wire/said.ts";
import { spokenKits, startWire, type Wire, type WireModel } from "../testing/wire/start-wire.ts";

// The official SDKs for Python, unmodified, each in its own dialect over vendors of every dialect. Without Python there are no such tests.

const scripts = ["openai_chat", "openai_responses", "anthropic_messages", "google_genai", "dashscope_native"];

const text = 'Clouds, "云" and\n\nrain 🌧.';
const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const thought = "A tool knows it.";
const town = { town: "Köln", sizes: [1, 2] };
const places = ["Köln", "Āgra"];
const documents = ["one", "two"];
const vectors = [
  [0.5, -1],
  [0.25, 2],
];
/** By the vendor's status. */
const failures = [400, 401, 429, 500, 529];
/** Vendors by what else they can do. */
const embedders = ["chat", "gemini", "dashscope"];
const rankers = ["chat", "dashscope"];
/** Vendors of another dialect than chat; where both speak it, bytes pass, without what the client forgets. */
const translateds = spokenKits.map(({ api }) => api).filter((api) => api !== "chat");

const usage = { input: 120, cached: 0, output: 30, reasoning: 0 };
const said = (fields: Partial<Said>): Said => ({ ...nothingSaid(), stop: "stop", usage, ...fields });
let calls = 0;
const callsFor = (names: string[]): Partial<Said> => ({
  calls: names.map((place) => ({ id: `call_${++calls}`, name: "weather", arguments: { place } })),
  stop: "tool-calls",
});
const answers = (...all: Said[]): WireScript => ({ answers: all, proofs: new Proofs() });

/** Made anew for each model, since a vendor remembers what it has proved. */
const kinds: Record<string, () => WireScript> = {
  text: () => answers(said({ text })),
  qwen3: () => answers(said({ text })),
  tools: () => answers(said(callsFor(places)), said({ text })),
  thinks: () => ({
    ...answers(said({ ...callsFor(places.slice(0, 1)), reasoning: thought }), said({ text })),
    thinks: true,
  }),
  // Asked what its vendor may refuse, too.
  odd: () => answers(said({ text })),
  object: () => answers(said({ text: JSON.stringify(town) })),
  cut: () => ({ ...answers(said({ text })), cut: "between" }),
  ...Object.fromEntries(
    failures.map((status) => [
      `fails-${status}`,
      (): WireScript => ({ ...answers(), error: { status, message: "trouble" } }),
    ]),
  ),
};

const models: WireModel[] = scripts.flatMap((script) =>
  spokenKits.flatMap((vendor) =>
    Object.entries(kinds).map(([kind, make]) => ({ name: nameOf(script, vendor.api, kind), vendor, script: make() })),
  ),
);

/** Vectors and ranks, in the form of the path. */
const others: Script = ({ path }) => {
  const results = [1, 0].map((index) => {
    return { index, relevance_score: index / 2 + 0.25, document: { text: documents[index] } };
  });
  const usage = { total_tokens: 7 };
  if (path.endsWith("text-rerank")) return Response.json({ output: { results }, usage, request_id: "r" });
  if (path.endsWith("rerank")) return Response.json({ results, usage });
  if (path.endsWith(":batchEmbedContents")) return Response.json({ embeddings: vectors.map((values) => ({ values })) });
  if (path.endsWith("text-embedding")) {
    const embeddings = vectors.map((embedding, text_index) => ({ text_index, embedding }));
    return Response.json({ output: { embeddings }, usage, request_id: "e" });
  }
  const data = vectors.map((embedding, index) => ({ object: "embedding", index, embedding }));
  return Response.json({ object: "list", data, model: "m", usage: { prompt_tokens: 7, total_tokens: 7 } });
};

/** DashScope's SDK and Google's treat some names in ways of their own: those with `qwen3` and with `gemini`. */
function nameOf(script: string, vendor: string, kind: string): string {
  return `${kind}-${scripts.indexOf(script)}-${vendor.replace("gemini", "google")}`;
}

/** Of each check that has run, what its script printed. */
const outcomes = new Map<string, string | null>();
const ends = new Map<string, Promise<void>>();
let python: PythonScripts;
let wire: Wire;
let vendor: FakeVendor;

async function runScript(script: string): Promise<void> {
  const { address, key } = wire;
  const vendors = spokenKits.map(({ api }) => api);
  const all = [...Object.keys(kinds), "vectors", "ranks"];
  const modelsOf = (api: string) => Object.fromEntries(all.map((kind) => [kind, nameOf(script, api, kind)]));
  const models = Object.fromEntries(vendors.map((api) => [api, modelsOf(api)]));
  const given = {
    address,
    key,
    models,
    documents,
    vendors,
    embedders,
    rankers,
    translateds,
    text,
    thought,
    town,
    places,
    vectors,
    failures,
  };
  const printed = await python.run(`${script}.py`, { ...given, town_text: JSON.stringify(town) });
  for (const line of printed.trim().split("\n")) {
    const { check, vendor: over, error } = JSON.parse(line) as Record<string, string | null>;
    outcomes.set([script, check, over ?? ""].join(" "), error ?? null);
  }
}

async function start(): Promise<void> {
  vendor = startFakeVendor(
    Object.fromEntries(
      scripts.flatMap((script) =>
        embedders.flatMap((api) => ["vectors", "ranks"].map((kind) => [nameOf(script, api, kind), others])),
      ),
    ),
  );
  const price = { currency: "USD", input: 1, output: 1 };
  const providers = embedders.map((api) => ({
    name: `more-${api}`,
    vendor: "compatible",
    base_url: `http://127.0.0.1:${vendor.port}${api === "chat" ? "/v1" : ""}`,
    apis: [api],
    api_key: "sk-vendor",
  }));
  const more = scripts.flatMap((script) =>
    embedders.flatMap((api) =>
      ["vectors", "ranks"].map((kind) => {
        const name = nameOf(script, api, kind);
        return { name, targets: [{ provider: `more-${api}`, model: name }], price };
      }),
    ),
  );
  wire = await startWire(models, { more, providers });
}

if (hasPython) {
  beforeAll(async () => {
    [python] = await Promise.all([installPython(), start()]);
    for (const script of scripts) ends.set(script, runScript(script));
    await Promise.allSettled(ends.values());
  }, 240_000);

  afterAll(async () => {
    python?.close();
    await wire?.close();
    await vendor?.stop();
    // Thousands of files are deleted.
  });

  test("the chat's code in Python runs with each SDK", async () => {
    // After the scripts, which count what their vendors see.
    await Promise.allSettled(ends.values());
    const image = { type: "image", url: pixel } as const;
    const asked = { type: "text", text: 'What is "it"?' } as const;
    const programs = sampleDialects.flatMap((dialect) =>
      // DashScope has another path for images.
      [[image, asked], ...(dialect === "dashscope" ? [[asked]] : [])].map((content) =>
        writeSample(
          {
            model: nameOf("openai_chat", "chat", "text"),
            system: "Be kind.",
            parameters: { temperature: 0.5, max_tokens: 64 },
            history: [{ role: "user", content }],
          },
          { dialect, language: "python", address: wire.address, keyVariable: "SAHAB_API_KEY" },
        ),
      ),
    );
    // In one process, since it takes seconds to import the SDKs.
    const printed = await python.runText(programs.join("\n"), { SAHAB_API_KEY: wire.key });
    expect(printed).toBe(`${text}\n`.repeat(programs.length));
  });

  for (const script of scripts) {
    describe(`Python's ${script}`, () => {
      test("runs to its end", async () => {
        await ends.get(script);
      });

      for (const [check, parameter] of checksOf(`${script}.py`)) {
        const lists: Record<string, readonly string[]> = {
          "": [""],
          vendor: spokenKits.map(({ api }) => api),
          embedder: embedders,
          ranker: rankers,
          translated: translateds,
        };
        for (const over of lists[parameter] ?? []) {
          const title = check.replace("check_", "").replaceAll("_", " ");
          test(over === "" ? title : `${title}, over a vendor of ${over}`, () => {
            const error = outcomes.get([script, check, over].join(" "));
            if (error !== null) throw new Error(error ?? "it has not run");
          });
        }
      }

      test.each(spokenKits)("asks nothing that a vendor of $api refuses", (kit) => {
        const refused = Object.keys(kinds)
          .filter((kind) => kind !== "odd")
          .flatMap((kind) => wire.serverOf(kit).refusedFor(nameOf(script, kit.api, kind)));
        expect(refused).toEqual([]);
      });
    });
  }
}
