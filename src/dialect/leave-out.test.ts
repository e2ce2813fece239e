import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { missingProof, proofKey } from "../call/index.ts";
import { findProofs as findInMessages, proofKeysIn as keysOfMessages } from "./anthropic-messages/find-proofs.ts";
import { findProofs as findInContents, proofKeysIn as keysOfContents } from "./gemini/find-proofs.ts";
import { leaveOut } from "./leave-out.ts";
import { spliceJson } from "./json-splice.ts";
import { openBody } from "./open-body.ts";
import { findProofs as findInItems, proofKeysIn as keysOfItems } from "./openai-responses/find-proofs.ts";

type Json = Record<string, unknown>;

const someProof = fc.constantFrom("cHJvb2Y=", "a", "ünd", 'with "quotes" and \\', "");
const isOut = fc.infiniteStream(fc.boolean());
const indent = fc.constantFrom(undefined, 1, "\t");

/** What is left of a body once the proofs that are chosen have been taken out, and which they were. */
function without(
  body: Json,
  find: typeof findInMessages,
  choice: Iterator<boolean>,
  space: number | string | undefined,
) {
  const bytes = Buffer.from(JSON.stringify(body, null, space));
  const proofs = find(openBody(bytes)).filter(({ key }) => key !== missingProof);
  const chosen = proofs.filter(() => choice.next().value as boolean);
  const left = JSON.parse(spliceJson(bytes, leaveOut(chosen)).toString()) as Json;
  return { bytes, proofs, left, paths: new Set(chosen.map(({ path }) => path)) };
}

const text = { type: "text", text: "signature thinking" };
const someBlock = fc.oneof(
  fc.constant(text),
  fc.record({ type: fc.constant("thinking"), thinking: fc.constant("hm"), signature: someProof }),
  fc.record({ type: fc.constant("redacted_thinking"), data: someProof }),
);

test("Messages: any thoughts are taken out, with the messages that have nothing else", () => {
  const someMessage = fc.record({ role: fc.constantFrom("user", "assistant"), content: fc.array(someBlock) });
  fc.assert(
    fc.property(fc.array(someMessage, { minLength: 1 }), isOut, indent, (messages, choice, space) => {
      const { bytes, proofs, left, paths } = without({ model: "m", messages }, findInMessages, choice, space);
      const expected = messages.flatMap(({ role, content }, at) => {
        const kept = content.filter((_, index) => !paths.has(`messages[${at}].content[${index}]`));
        return content.length > 0 && kept.length === 0 ? [] : [{ role, content: kept }];
      });
      expect(left).toEqual({ model: "m", messages: expected });
      expect(proofs.map(({ key }) => key).filter((key) => !keysOfMessages(bytes).includes(key))).toEqual([]);
      expect(proofs).toHaveLength(messages.flatMap(({ content }) => content).filter((block) => block !== text).length);
    }),
  );
});

test("Responses: any reasoning is taken out, and the ids of what came with it", () => {
  const someItem = fc.oneof(
    fc.constant({ role: "user", content: "encrypted_content" }),
    fc.constant({ id: "fc_1", type: "function_call", call_id: "c", name: "f", arguments: "{}" }),
    fc.constant({ type: "function_call_output", call_id: "c", output: "" }),
    fc.constant({ type: "message", role: "assistant", content: "hm", id: "msg_1" }),
    fc.record({ type: fc.constant("reasoning"), id: fc.constant("rs_1"), encrypted_content: someProof }),
  );
  fc.assert(
    fc.property(fc.array(someItem, { minLength: 1 }), isOut, indent, (input, choice, space) => {
      const { bytes, proofs, left, paths } = without({ model: "m", input }, findInItems, choice, space);
      let isCut = false;
      const expected = input.flatMap((item: Json, at) => {
        const { id: _, ...rest } = item;
        if (item["role"] === "user" || item["type"] === "function_call_output") isCut = false;
        if (item["type"] === "reasoning" && item["encrypted_content"] !== "") {
          isCut = paths.has(`input[${at}]`);
          return isCut ? [] : [item];
        }
        return item["type"] === "reasoning" ? [item] : [isCut ? rest : item];
      });
      expect(left).toEqual({ model: "m", input: expected });
      expect(proofs.map(({ key }) => key).filter((key) => !keysOfItems(bytes).includes(key))).toEqual([]);
    }),
  );
});

test("Gemini: any signatures are taken out, and what stands for one is put where it is demanded", () => {
  const signed = { thoughtSignature: someProof };
  const somePart = fc.oneof(
    fc.constant({ text: "thoughtSignature" }),
    fc.record({ text: fc.constantFrom("hm", ""), ...signed }),
    fc.record({ functionCall: fc.constant({ name: "f" }), ...signed }),
    fc.record({ thoughtSignature: someProof, inlineData: fc.constant({}) }),
  );
  const someContent = fc.record({ role: fc.constantFrom("user", "model"), parts: fc.array(somePart) });
  const someModel = fc.constantFrom("gemini-3-pro", "gemini-2.5-pro");
  fc.assert(
    fc.property(fc.array(someContent, { minLength: 1 }), isOut, indent, someModel, (contents, choice, space, model) => {
      const find: typeof findInMessages = (opened) => findInContents(opened, model);
      const { bytes, proofs, left, paths } = without({ contents }, find, choice, space);
      const expected = contents.flatMap(({ role, parts }, at) => {
        const kept = parts.flatMap((part: Json, index): Json[] => {
          if (!paths.has(`contents[${at}].parts[${index}].thoughtSignature`)) return [part];
          const { thoughtSignature: _, ...rest } = part;
          if (part["functionCall"] && model === "gemini-3-pro")
            return [{ ...part, thoughtSignature: "skip_thought_signature_validator" }];
          return rest["text"] === "" ? [] : [rest];
        });
        return parts.length > 0 && kept.length === 0 ? [] : [{ role, parts: kept }];
      });
      expect(left).toEqual({ contents: expected });
      expect(proofs.map(({ key }) => key).filter((key) => !keysOfContents(bytes).includes(key))).toEqual([]);
    }),
  );
});

describe("keys of proofs", () => {
  const all = [keysOfMessages, keysOfContents, keysOfItems];

  test("are found in any form of JSON, and not within texts", () => {
    expect(keysOfMessages(Buffer.from('{"signature" :\n"a\\u003d=","x":{"signature":"b"}}'))).toEqual(
      ["a==", "b"].map(proofKey),
    );
    const quoted = JSON.stringify({ text: '{"signature":"a"}', name: "signature", signature: 3 });
    expect(keysOfMessages(Buffer.from(quoted))).toEqual([]);
    expect(proofKey("ü")).toBe(proofKey(Buffer.from("ü")));
  });

  test("no bytes break the search, and what is no JSON has no proofs", () => {
    const piece = fc.constantFrom(
      '"signature"',
      '"thoughtSignature"',
      '"encrypted_content"',
      ":",
      '"',
      "\\",
      "a",
      "{",
      "[",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(""));
        for (const keysIn of all) expect(keysIn(bytes)).toBeArray();
      }),
    );
    const broken = Buffer.from('{"messages":["thinking"],"input":[{"encrypted_content"}],"contents":[[]]}');
    const opened = openBody(broken);
    expect([findInMessages(opened), findInItems(opened), findInContents(opened, "gemini-3")]).toEqual([[], [], []]);
  });
});
