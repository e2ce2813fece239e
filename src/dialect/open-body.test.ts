import { expect, test } from "bun:test";
import { openBody, parseBody } from "./open-body.ts";

test("a body that is not UTF-8 is refused, and the next one is read whole", () => {
  const broken = Buffer.from([...Buffer.from('{"a":"'), 0xe4, 0xba, ...Buffer.from('"}')]);
  const cut = Buffer.from('{"a":"云"}').subarray(0, 8);
  for (const body of [broken, cut]) {
    expect(() => parseBody(openBody(body))).toThrow(expect.objectContaining({ code: "invalid_json" }));
    expect(parseBody(openBody(Buffer.from('{"a":"云"}')))).toEqual({ a: "云" });
  }
});
