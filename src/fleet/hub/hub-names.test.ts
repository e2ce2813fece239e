import { expect, test } from "bun:test";
import { parseHubs } from "../../base/hub-settings.ts";
import { chooseModel } from "./choose-model.ts";
import type { HubFile } from "./hub.ts";
import { hintForName, parseHubName } from "./parse-hub-name.ts";

const mirror = parseHubs(
  (name) => ({ HF_ENDPOINT: "https://mirror.example/hf/", MODELSCOPE_DOMAIN: "ms.example" })[name],
);
const usual = parseHubs(() => undefined);
const named = (source: string, hubs = usual) => parseHubName(source, hubs)?.shown;

test.each([
  ["hf.co/o/r", "hf.co/o/r"],
  ["HF.co/o/r", "hf.co/o/r"],
  ["hf.co/o/r:Q4_K_M", "hf.co/o/r:Q4_K_M"],
  ["hf.co/o/r:latest", "hf.co/o/r"],
  ["hf.co/o/r:sub/x.gguf", "hf.co/o/r:sub/x.gguf"],
  ["hf.co/o/r/sub/x.gguf", "hf.co/o/r:sub/x.gguf"],
  ["hf.co/o/r@v1:q8_0", "hf.co/o/r@v1:q8_0"],
  ["hf.co/o/r:q8_0@refs/pr/1", "hf.co/o/r@refs/pr/1:q8_0"],
  ["hf.co/o/r@main", "hf.co/o/r"],
  ["huggingface.co/o/r-GGUF", "hf.co/o/r-GGUF"],
  ["hf:o/r:Q8_0", "hf.co/o/r:Q8_0"],
  ["hf://o/r", "hf.co/o/r"],
  ["https://huggingface.co/o/r", "hf.co/o/r"],
  ["https://hf.co/o/r:Q6_K", "hf.co/o/r:Q6_K"],
  ["https://huggingface.co/o/r/blob/main/x%20y.gguf?download=true", "hf.co/o/r:x y.gguf"],
  ["https://huggingface.co/o/r/resolve/v2/sub/x.gguf", "hf.co/o/r@v2:sub/x.gguf"],
  ["https://huggingface.co/o/r/tree/main", "hf.co/o/r"],
  ["https://huggingface.co/o/r/tree/main/Q4_K_M", "hf.co/o/r"],
  ["modelscope.cn/o/r:Q4_0", "modelscope.cn/o/r:Q4_0"],
  ["ms:o/r", "modelscope.cn/o/r"],
  ["https://www.modelscope.cn/models/o/r", "modelscope.cn/o/r"],
  ["https://modelscope.cn/models/o/r/summary", "modelscope.cn/o/r"],
  ["https://modelscope.cn/models/o/r/files", "modelscope.cn/o/r"],
  ["https://modelscope.cn/models/o/r/file/view/master/x.gguf?status=2", "modelscope.cn/o/r:x.gguf"],
  ["https://modelscope.cn/models/o/r/resolve/v1/x.gguf", "modelscope.cn/o/r@v1:x.gguf"],
])("%s names %s", (source, shown) => {
  expect(named(source)).toBe(shown);
  expect(named(source, mirror)).toBe(shown);
});

test("pages of a mirror that the owner has named are known as well, and its other files are files", () => {
  expect(named("https://mirror.example/hf/o/r", mirror)).toBe("hf.co/o/r");
  expect(named("mirror.example/o/r:Q8_0", mirror)).toBe("hf.co/o/r:Q8_0");
  expect(named("https://ms.example/models/o/r/resolve/master/x.gguf", mirror)).toBe("modelscope.cn/o/r:x.gguf");
  for (const other of [
    "https://mirror.example/o/r",
    "https://mirror.example/hf/a/b/c/x.gguf",
    "https://mirror.example/hf/x.gguf",
  ])
    expect(named(other, mirror)).toBeUndefined();
});

test.each([
  "x.gguf",
  "/a/b.gguf",
  "./o/r",
  "o/r",
  "llama3.2",
  "https://example.com/o/r",
  "file:///x.gguf",
  "https://u:p@huggingface.co/o/r",
  "https://huggingface.co/x.gguf",
])("%s names no hub", (source) => expect(named(source)).toBeUndefined());

test.each([
  ["hf.co/o", "names no model of Hugging Face"],
  ["hf.co/", "names no model"],
  ["hf.co/../r", "names no model"],
  ["hf.co/o/..", "names no model"],
  ["hf.co/o/%2e%2e", "names no model"],
  ["hf.co/o/r?x/../../api", undefined],
  ["hf.co/o/r@..", "has a revision"],
  ["hf.co/o/r@a/../b", "has a revision"],
  ["hf.co/o/r:a b", "has a quantization"],
  ["hf.co/o/r:../x.gguf", "names a file by no path"],
  ["hf.co/o/r:a:b", "neither :QUANT nor @REVISION"],
  ["hf.co/o/r%zz", "has a % that stands for nothing"],
  ["https://huggingface.co/o/r/blob/main/README.md", "that is not in GGUF"],
  ["https://huggingface.co/datasets/o/r", "names no model"],
  ["https://huggingface.co/o/r/discussions", "names no model"],
])("%s is refused with what is allowed", (source, why) => {
  if (why === undefined) expect(named(source)).toBe("hf.co/o/r");
  else expect(() => named(source)).toThrow(why);
});

test("names without a hub get a hint with the forms that work", () => {
  for (const name of ["llama3.2", "qwen3:8b", "ollama.com/library/qwen3:8b", "https://ollama.com/library/qwen3"])
    expect(hintForName(name)).toMatch(/names no hub.*hf\.co\/OWNER\/REPO.*search=(?:llama3\.2|qwen3)$/);
  expect(hintForName("o/r:Q8_0")).toContain("hf.co/o/r:Q8_0 is Hugging Face's, modelscope.cn/o/r:Q8_0 ModelScope's");
  for (const other of ["x.gguf", "o/x.gguf", "/a/b", "./a", "https://example.com/a", "a b"])
    expect(hintForName(other)).toBeUndefined();
});

const gigabyte = 1e9;
const files = (...paths: string[]): HubFile[] =>
  paths.map((path, index) => ({ path, bytes: (index + 1) * gigabyte, sha256: undefined }));
const choose = (source: string, list: HubFile[]) => {
  const name = parseHubName(source, usual);
  if (!name) throw new Error("no name");
  return chooseModel(name, list).chosen.files.map(({ path }) => path);
};

test("without a quantization Q4_K_M is chosen, else what is nearest to it; never a projector or statistics", () => {
  const chosen = (...paths: string[]) => choose("hf.co/o/r", files(...paths))[0];
  expect(chosen("m-Q8_0.gguf", "m-q4_k_m.gguf", "m-Q4_0.gguf", "mmproj-m-Q4_K_M.gguf")).toBe("m-q4_k_m.gguf");
  expect(chosen("m-Q8_0.gguf", "m-Q5_K_M.gguf", "m-Q2_K.gguf")).toBe("m-Q5_K_M.gguf");
  expect(chosen("m-UD-Q4_K_XL.gguf", "m-Q4_K_XL.gguf")).toBe("m-Q4_K_XL.gguf");
  expect(chosen("m-f16.gguf", "m-IQ2_XXS.gguf")).toBe("m-IQ2_XXS.gguf");
  expect(chosen("README.md", "mmproj-BF16.gguf", "m.imatrix.gguf", "odd.gguf")).toBe("odd.gguf");
  expect(chosen("gpt-oss-20b-mxfp4.gguf", "gpt-oss-20b-F16.gguf")).toBe("gpt-oss-20b-mxfp4.gguf");
});

test("a quantization is found in any letters, in a folder's name, with UD- left out, and by the file's name", () => {
  const list = files("m-Q4_K_M.gguf", "m-UD-Q2_K_XL.gguf", "BF16/m.gguf", "m-fp16.gguf", "special.gguf");
  for (const [quantization, path] of [
    ["q4_k_m", "m-Q4_K_M.gguf"],
    ["Q2_K_XL", "m-UD-Q2_K_XL.gguf"],
    ["UD-Q2_K_XL", "m-UD-Q2_K_XL.gguf"],
    ["bf16", "BF16/m.gguf"],
    ["F16", "m-fp16.gguf"],
    ["special", "special.gguf"],
    ["BF16/m.gguf", "BF16/m.gguf"],
  ])
    expect(choose(`hf.co/o/r:${quantization}`, list)).toEqual([path ?? ""]);
  expect(() => choose("hf.co/o/r:Q3_K_S", list)).toThrow(
    "Cannot pull hf.co/o/r:Q3_K_S: there is no Q3_K_S; there are Q4_K_M (1.0 GB), UD-Q2_K_XL (2.0 GB), BF16 (3.0 GB), F16 (4.0 GB), special.gguf (5.0 GB)",
  );
  expect(() => choose("hf.co/o/r:none.gguf", list)).toThrow("has no such file; it has Q4_K_M (1.0 GB)");
});

test("of a split model all parts are chosen, in order; one that lacks some is refused; whole comes before split", () => {
  const parts = ["Q4_K_M/m-Q4_K_M-00002-of-00002.gguf", "Q4_K_M/m-Q4_K_M-00001-of-00002.gguf"];
  expect(choose("hf.co/o/r", files(...parts, "m-Q8_0.gguf"))).toEqual(parts.toReversed());
  expect(choose(`hf.co/o/r:${parts[0]}`, files(...parts))).toEqual(parts.toReversed());
  expect(choose("hf.co/o/r", files(...parts, "m-Q4_K_M.gguf"))).toEqual(["m-Q4_K_M.gguf"]);
  expect(() => choose("hf.co/o/r", files(parts[0] ?? ""))).toThrow(`it has 2 parts, and 1 are missing: ${parts[1]}`);
});

test("where several models could be meant, or none is in GGUF, it says what is there", () => {
  expect(() => choose("hf.co/o/r", files("a-Q4_K_M.gguf", "b-Q4_K_M.gguf"))).toThrow(
    "2 models of it could be meant; name one, as in hf.co/o/r:a-Q4_K_M.gguf; there are a-Q4_K_M.gguf (1.0 GB), b-Q4_K_M.gguf (2.0 GB)",
  );
  expect(() => choose("hf.co/o/r", files("model-00001.safetensors", "README.md", "mmproj-x.gguf"))).toThrow(
    /has no model in GGUF.*1 \.gguf \(3\.0 GB\), 1 \.md \(2\.0 GB\), 1 \.safetensors \(1\.0 GB\), and safetensors are not served.*search=r%20GGUF$/,
  );
  expect(() => choose("hf.co/o/r", [])).toThrow("it has no files");
});
