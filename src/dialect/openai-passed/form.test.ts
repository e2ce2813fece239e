import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import { openForm } from "./fields.ts";

const type = "multipart/form-data; boundary=B";
const part = (head: string, content = "x") => `--B\r\n${head}\r\n\r\n${content}\r\n`;
const field = (name: string, content = "x") => part(`Content-Disposition: form-data; name="${name}"`, content);
const file = (content: string) =>
  part('content-disposition: form-data; name="file"; filename="a\\"b.mp3"\r\nContent-Type: audio/mpeg', content);
const model = field("model", "cheap");
const end = "--B--\r\n";
const open = (text: string, contentType = type) => openForm(Buffer.from(text, "latin1"), contentType);
const rewritten = (text: string, drops: (name: string) => boolean = () => false) =>
  Buffer.concat(open(text).rewrite("cheap", "dear", drops).pieces).toString("latin1");

test("the model is found and replaced before and behind files, all other bytes as they are", () => {
  for (const text of [
    file("a\r\nb\r\n-B--") + model + end,
    model + file("") + end,
    model + field("model_x") + "--B--",
  ]) {
    expect(open(text).text("model")).toBe("cheap");
    expect(rewritten(text)).toBe(text.replace("cheap", "dear"));
  }
});

test("the boundary may be quoted, with other parameters beside it, and is handed on in one way", () => {
  const opened = open(model + end, 'Multipart/Form-Data; charset=utf-8; Boundary="B"');
  expect(opened.rewrite("cheap", "dear", () => false).headers).toEqual({
    "content-type": 'multipart/form-data; boundary="B"',
  });
});

test("fields that reach beyond the model are left out, wherever they are", () => {
  const text = field("api_base") + model + field("tags") + file("x") + field("cache") + end;
  const drops = (name: string) => ["api_base", "tags", "cache"].includes(name);
  expect(rewritten(text, drops)).toBe((model + file("x") + end).replace("cheap", "dear"));
  expect(open(text).rewrite("cheap", "dear", drops).dropped).toEqual(["api_base", "tags", "cache"]);
});

describe("what could be read in two ways, or was cut, is refused:", () => {
  const named = (name: string) => part(`content-disposition: form-data; name=${name}`, "dear");
  test.each([
    ["a second model", model + model + end],
    ["a model in other letters", model + field("Model") + end],
    ["a model in a list", model + field("model[]") + end],
    ["a model in an object", model + field("model.x") + end],
    ["a model with a space", model + field("model ") + end],
    ["a model as a file", part('content-disposition: form-data; name="model"; filename="m"', "cheap") + end],
    ["a name with an escape", model + named('"mo\\del"') + end],
    ["a name with an encoded letter", model + named('"m%6Fdel"') + end],
    ["a name in two forms", model + part(`content-disposition: form-data; name="a"; name*=utf-8''model`) + end],
    ["two names", model + part('content-disposition: form-data; name="a"; name="model"') + end],
    [
      "two dispositions",
      model + part('content-disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="model"') + end,
    ],
    ["a folded header", model + part('content-disposition: form-data;\r\n name="model"') + end],
    ["a header with a bare line feed", model + part('x: y\ncontent-disposition: form-data; name="model"') + end],
    [
      "a coding of the content",
      model + part('content-disposition: form-data; name="a"\r\ncontent-transfer-encoding: base64') + end,
    ],
    [
      "a boundary behind a bare line feed",
      model + file('x\n--B\ncontent-disposition: form-data; name="model"\n\ndear') + end,
    ],
    ["a boundary in the middle of a line", model + file("x--B\r\n") + end],
    ["a boundary with more on its line", model + file("x\r\n--B \r\n") + end],
    ["text in front of it", `hello\r\n${model}${end}`],
    ["text behind it", `${model}${end}hello`],
    ["no end", model],
    ["a cut file", model + file("x").slice(0, -3)],
    ["nothing", ""],
    ["too many parts", field("a").repeat(300) + model + end],
  ])("%s", (_, text) => {
    const asked = () => open(text).text("model");
    expect(asked).toThrow(SahabError);
    expect(asked).toThrow(/^(?:Cannot read the body as multipart\/form-data: |model: expected )/);
  });

  test.each([
    "multipart/form-data",
    "multipart/form-data; boundary=B; boundary=C",
    'multipart/form-data; boundary="B',
    "multipart/form-data; boundary=ü",
  ])("a content type such as %s", (contentType) => {
    expect(() => open(model + end, contentType)).toThrow("its content type must name one boundary");
  });
});

test("every cut of a form is refused, and none throws anything but an error of ours", () => {
  const whole = field("prompt") + file("abc") + model + end;
  for (let length = 0; length < whole.length - 2; length++)
    expect(() => open(whole.slice(0, length))).toThrow(SahabError);
});
