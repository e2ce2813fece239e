import { allPassedOperations } from "../../src/call/index.ts";
import { passedPaths } from "../../src/dialect/openai-passed/index.ts";
import { vendorNames, vendorsWith } from "../../src/vendor/registry.ts";
import { table } from "../markdown/table.ts";

/** Which operations pass to which vendors. */
export function makeOperationsPage(): string {
  const having = vendorNames.filter((name) => allPassedOperations.some((one) => vendorsWith(one).includes(name)));
  const rows = allPassedOperations.map((operation) => [
    `\`POST /v1${passedPaths[operation]}\``,
    `\`${operation}\``,
    ...having.map((name) => (vendorsWith(operation).includes(name) ? "yes" : "–")),
  ]);
  return [
    "# Images, sounds and moderations",
    "",
    "These operations of OpenAI's API pass between its clients and vendors that have them in the same form. Bytes pass, files too; the model's",
    "name is replaced, and fields that reach beyond the model are taken out. Keys, routes, failover until the first byte, records and metrics are",
    "those of all requests. Other vendors and local models answer 400 `unsupported_operation`, which names the vendors that have it.",
    "",
    ...table(["path", "in records", ...having.map((name) => `\`${name}\``)], rows),
    "",
    "`compatible` is any server: what it lacks, it says itself. Gemini and DashScope make images in their own dialects (`generateContent`,",
    "`multimodal-generation`), which pass as chats do.",
    "",
    "## What they cost",
    "",
    "The vendor's own count comes first: tokens by kind (`image_input`, `image_output`, `audio_input`, `audio_output` of a price), or seconds. What it does",
    "not count, Sahab counts, and a price's `fees` say what each costs:",
    "",
    ...table(
      ["fee", "counted"],
      [
        ["`image`", "images in the answer, or the vendor's `generated_images`"],
        [
          "`image_hd_1024x1792`, `image_hd`, `image_1024x1792`",
          "the same, of this `quality` and `size` of the request; the first of them that has a fee",
        ],
        [
          "`second`, `minute`, `hour`",
          "whole seconds of sound: the vendor's, else `duration` of `verbose_json`, else estimated",
        ],
        ["`character`", "characters of `input` of a speech"],
        ["`request`", "each request"],
      ],
    ),
    "",
    "`price: { currency: USD, fees: { image: 0.04 } }` is a whole price: with fees of this table, or for a `search` of a rerank, `input` and `output` are 0 unless told.",
    "`apply` warns of a fee under whose name nothing is counted (`images`).",
    "",
    "Tokens that nobody counts are estimated where the price is by tokens. What is estimated is marked so in the record. A price with none of these fees and",
    "no price of tokens is refused with 403 `model_not_priced` before a vendor is asked.",
    "",
    "## What ends them",
    "",
    "A stream of events that breaks ends with an error event, a sound with the connection: neither passes for a whole one. A sound without a length and",
    "without chunks is refused, since nobody could tell whether it is whole. A form that two programs could read in two ways (a second `model`, `model[]`,",
    "escapes in names, a boundary in the middle of a line, text around it) is refused with 400.",
    "",
  ].join("\n");
}
