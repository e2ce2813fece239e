import type { Command } from "commander";
import { writeFile } from "node:fs/promises";
import { asCalled } from "../base/called-as.ts";
import { resolveUserPath } from "../base/user-path.ts";
import { CommandError } from "./command-error.ts";
import type { Converted } from "./litellm/convert-litellm.ts";
import { formatTable, print, printError, printJson } from "./print.ts";
import { readBytes } from "./yaml-file.ts";

export function addImport(program: Command): void {
  program
    .command("import")
    .description("make a cloud.yaml of another gateway's configuration")
    .command("litellm")
    .description("make a cloud.yaml of the config.yaml of LiteLLM's proxy, and tell what became of each setting")
    .argument("<file>", "LiteLLM's config.yaml; - reads standard input")
    .option("-o, --output <file>", "where the cloud.yaml goes; it must not be there yet. Standard output by default")
    .option("--json", "print the configuration, the variables that it needs and what became of each setting as JSON")
    .addHelpText(
      "after",
      "\nNothing is applied, and no server is asked. Keys stay in the environment: os.environ/NAME becomes ${NAME}, and a key\nthat stands in the file itself becomes a variable for you to set; it is never printed.",
    )
    .action(async (file: string, options: { output?: string; json?: boolean }) => {
      const { converted, text } = await convert(file);
      if (options.output !== undefined) await writeNew(options.output, text);
      if (options.json) {
        const { toCloud } = await import("./litellm/write-cloud-yaml.ts");
        printJson({ cloud: toCloud(converted), variables: converted.variables, settings: converted.notes.list() });
        return;
      }
      if (options.output === undefined) print(text.trimEnd());
      await tell(converted, options.output);
    });
}

async function convert(file: string): Promise<{ converted: Converted; text: string }> {
  const { CloudConfigError, decodeYamlText, parseCloudConfig, readCloudYaml, resolveVariables } =
    await import("../config/index.ts");
  const { convertLitellm, NotLitellm } = await import("./litellm/convert-litellm.ts");
  const { writeCloudYaml } = await import("./litellm/write-cloud-yaml.ts");
  const bytes = await readBytes(file);
  let document: unknown;
  try {
    document = readCloudYaml(decodeYamlText(bytes));
  } catch (cause) {
    throw new CommandError(`${file} is not YAML: ${(cause as Error).message}`, { cause });
  }
  try {
    const converted = convertLitellm(document);
    const written = writeCloudYaml(converted);
    // What is written must apply: whatever LiteLLM takes and Sahab does not is told here, and not at the apply.
    parseCloudConfig(resolveVariables(readCloudYaml(written), standIns(converted)));
    return { converted, text: written };
  } catch (cause) {
    if (cause instanceof NotLitellm) throw new CommandError(`Cannot import ${file}: ${cause.message}`, { cause });
    if (cause instanceof CloudConfigError)
      throw new CommandError(
        `Cannot import ${file}: what it would become has problems, mend them in LiteLLM's file:\n${cause.problems.join("\n")}`,
        { cause },
      );
    throw cause;
  }
}

/** A value for each variable: an address for those that are one, and a word for keys. */
function standIns({ variables, providers }: Converted): Record<string, string> {
  const places = providers.map(({ base_url = "" }) => base_url).join(" ");
  return Object.fromEntries(
    variables.map(({ name }) => [
      name,
      places.includes(`\${${name}}`) && !places.includes(`/\${${name}}`) ? "https://address.example" : "word",
    ]),
  );
}

async function writeNew(file: string, text: string): Promise<void> {
  const path = resolveUserPath(file);
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    throw new CommandError(
      isThere
        ? `${path} is there already, and is not written over: name another file, or remove it`
        : `Cannot write ${path}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function tell({ notes, variables }: Converted, output: string | undefined): Promise<void> {
  const { describePlace } = await import("./litellm/notes.ts");
  const rows = notes.list().map((note) => [note.fate, describePlace(note), note.becomes || "-", note.advice || "-"]);
  if (rows.length > 0) printError(formatTable(["WHAT BECAME", "IN LITELLM", "IN SAHAB", "WHY, AND WHAT TO DO"], rows));
  if (variables.length > 0) printError(`\nSet before it is applied: ${variables.map(({ name }) => name).join(", ")}`);
  const literal = variables.filter(({ wasLiteral }) => wasLiteral).map(({ name }) => name);
  if (literal.length > 0)
    printError(`Of these, the value of ${literal.join(", ")} is in LiteLLM's file: copy it from there yourself.`);
  printError(`\n${asCalled("Then: sahab apply")} -f ${output ?? "cloud.yaml"} --dry-run`);
}
