import { SahabError } from "../../base/errors.ts";
import { showByteSize } from "../../base/parse-byte-size.ts";
import { showList } from "../../base/show-list.ts";
import { partNames, withoutPart } from "../../engine/index.ts";
import type { HubFile } from "./hub.ts";
import type { HubName } from "./parse-hub-name.ts";

/** A model of a repository: a file, or all parts of one. */
export interface ModelChoice {
  /** The quantization in its name, in capitals, such as `Q4_K_M`; undefined where its name has none. */
  quantization: string | undefined;
  /** In order. */
  files: HubFile[];
  bytes: number;
}

/**
 * Best first: Q4_K_M loses little and fits most machines, so what is nearest to it in size and quality comes next. The names are llama.cpp's.
 */
const order = `
  Q4_K_M Q4_K_XL Q4_K_L Q4_K Q4_K_S IQ4_NL IQ4_XS MXFP4 MXFP4_MOE Q4_1 Q4_0
  Q5_K_M Q5_K_XL Q5_K_L Q5_K Q5_K_S Q5_1 Q5_0 Q6_K Q6_K_L Q6_K_XL
  Q3_K_XL Q3_K_L Q3_K_M Q3_K IQ3_M IQ3_S Q3_K_S IQ3_XS IQ3_XXS
  Q8_0 Q8_K_XL Q2_K_XL Q2_K_L Q2_K IQ2_M IQ2_S IQ2_XS IQ2_XXS Q2_K_S TQ2_0 TQ1_0
  IQ1_M IQ1_S BF16 F16 F32`
  .trim()
  .split(/\s+/);

/** The model that a name stands for, among the files of its repository, and what else is there. Throws `invalid_request` where there is none, or more than one. */
export function chooseModel(name: HubName, files: readonly HubFile[]): { chosen: ModelChoice; others: ModelChoice[] } {
  const choices = listChoices(files);
  const refuse = (why: string) => new SahabError("invalid_request", `Cannot pull ${name.shown}: ${why}`);
  if (name.path !== undefined) {
    const { path } = name;
    const chosen = choices.find((choice) => choice.files.some((file) => file.path === path)) ?? oneFile(files, path);
    if (!chosen) throw refuse(`the repository has no such file; it has ${describeChoices(choices)}`);
    return { chosen: requireWhole(chosen, refuse), others: choices.filter((choice) => choice !== chosen) };
  }
  if (choices.length === 0) throw refuse(describeNone(name, files));
  const wanted = name.quantization;
  const fitting = wanted === undefined ? best(choices) : matching(choices, wanted);
  const [chosen] = fitting;
  if (!chosen) throw refuse(`there is no ${wanted}; there are ${describeChoices(choices)}`);
  const { prefix } = name.hub;
  if (fitting.length > 1)
    throw refuse(
      `${fitting.length} models of it could be meant; name one, as in ${prefix}/${name.repository}:${pathOf(chosen)}; there are ${showList(fitting.map((one) => `${pathOf(one)} (${showByteSize(one.bytes)})`))}`,
    );
  return { chosen: requireWhole(chosen, refuse), others: choices.filter((choice) => choice !== chosen) };
}

const pathOf = ({ files: [first] }: ModelChoice) => first?.path ?? "";

/** Models only: no projector of images, no statistics for quantizing. */
function listChoices(files: readonly HubFile[]): ModelChoice[] {
  const groups = new Map<string, HubFile[]>();
  for (const file of files) {
    const base = baseOf(file.path);
    if (!/\.gguf$/i.test(base) || /mmproj|imatrix/i.test(base)) continue;
    const key = `${withoutPart(file.path)}/${partNames(file.path).length}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].map((group) => choiceOf(group));
}

function choiceOf(group: readonly HubFile[]): ModelChoice {
  const files = group.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { quantization: quantizationOf(files[0]?.path ?? ""), files, bytes };
}

/** One that is not offered is taken all the same where it is named itself. */
function oneFile(files: readonly HubFile[], path: string): ModelChoice | undefined {
  const file = files.find((one) => one.path === path);
  return file && choiceOf([file]);
}

const baseOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

const quantizationPattern =
  /(?<=^|[-._ ])(?:UD-)?(?:I?Q[1-8](?:_[A-Z0-9]+)*|TQ[12]_0|BF16|FP?16|FP?32|MXFP4(?:_MOE)?|NVFP4)(?=$|[-._ ])/gi;

/** The most that repositories have in practice. */
const choicesShownMax = 40;

/** In the file's name, else in its folder's. */
function quantizationOf(path: string): string | undefined {
  const names = withoutPart(path)
    .replace(/\.gguf$/i, "")
    .split("/");
  for (const name of names.toReversed().slice(0, 2)) {
    const found = name.match(quantizationPattern)?.at(-1);
    if (found !== undefined) return inCapitals(found);
  }
  return undefined;
}

const inCapitals = (quantization: string) => quantization.toUpperCase().replace(/^FP(?=16|32)/, "F");

function matching(choices: readonly ModelChoice[], wanted: string): ModelChoice[] {
  const label = inCapitals(wanted);
  const exact = choices.filter(({ quantization }) => quantization === label);
  const named = exact.length > 0 ? exact : choices.filter(({ quantization }) => quantization === `UD-${label}`);
  if (named.length > 0) return withoutDoubles(named);
  return choices.filter((choice) => baseOf(withoutPart(pathOf(choice))).toUpperCase() === `${label}.GGUF`);
}

function best(choices: readonly ModelChoice[]): ModelChoice[] {
  const ranks = choices.map(({ quantization = "" }) => {
    const rank = order.indexOf(quantization.replace(/^UD-/, ""));
    // One that is quantized in another way comes after the usual one.
    return rank === -1 ? order.length * 2 : rank * 2 + (quantization.startsWith("UD-") ? 1 : 0);
  });
  const first = Math.min(...ranks);
  return withoutDoubles(choices.filter((_, index) => ranks[index] === first));
}

/** The same model whole and in parts is one: the whole one. */
function withoutDoubles(choices: readonly ModelChoice[]): ModelChoice[] {
  const isWhole = (choice: ModelChoice) => partNames(pathOf(choice)).length === 1;
  const whole = new Set(choices.filter(isWhole).map((choice) => baseOf(pathOf(choice))));
  return choices.filter((choice) => isWhole(choice) || !whole.has(baseOf(withoutPart(pathOf(choice)))));
}

function requireWhole(choice: ModelChoice, refuse: (why: string) => SahabError): ModelChoice {
  const have = new Set(choice.files.map(({ path }) => path));
  const all = partNames(pathOf(choice));
  const missing = all.filter((path) => !have.has(path));
  if (missing.length === 0) return choice;
  throw refuse(`it has ${all.length} parts, and ${missing.length} are missing: ${showList(missing)}`);
}

function describeChoices(choices: readonly ModelChoice[]): string {
  const sorted = choices.toSorted((one, other) => one.bytes - other.bytes);
  return (
    showList(
      sorted.map((one) => `${one.quantization ?? baseOf(pathOf(one))} (${showByteSize(one.bytes)})`),
      choicesShownMax,
    ) || "no model in GGUF"
  );
}

/** What a repository has in place of GGUF, and where GGUF may be. */
function describeNone({ hub, repository }: HubName, files: readonly HubFile[]): string {
  const sums = new Map<string, { count: number; bytes: number }>();
  for (const { path, bytes } of files) {
    const ending = /\.[A-Za-z0-9]{1,20}$/.exec(baseOf(path))?.[0].toLowerCase() ?? "others";
    const sum = sums.get(ending) ?? { count: 0, bytes: 0 };
    sums.set(ending, { count: sum.count + 1, bytes: sum.bytes + bytes });
  }
  const found = [...sums].toSorted(([, one], [, other]) => other.bytes - one.bytes).slice(0, 4);
  const has = found.map(([ending, { count, bytes }]) => `${count} ${ending} (${showByteSize(bytes)})`).join(", ");
  const isTensors = sums.has(".safetensors");
  const title = repository.slice(repository.indexOf("/") + 1);
  return `its repository has no model in GGUF, the format that is served here; it has ${has || "no files"}${isTensors ? ", and safetensors are not served" : ""}. Others often have it in GGUF: ${hub.searchPage(`${title} GGUF`)}`;
}
