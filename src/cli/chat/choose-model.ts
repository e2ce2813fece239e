import { createInterface } from "node:readline/promises";
import { askSimilar } from "../../base/find-similar.ts";
import { showList } from "../../base/show-list.ts";
import type { Client } from "../client.ts";
import { CommandError } from "../command-error.ts";
import { print } from "../print.ts";

/** More than that are too many to choose from by number. */
const shownMax = 30;

/** The models that the key may call. */
export async function listModels(client: Client): Promise<string[]> {
  const { data } = await client.json<{ data: { id: string }[] }>("/v1/models");
  return data.map(({ id }) => id);
}

/** The only model; or the one that a person at the terminal names. Throws a CommandError where neither is there. */
export async function chooseModel(client: Client): Promise<string> {
  const names = await listModels(client);
  const [only] = names;
  if (only === undefined)
    throw new CommandError("There are no models yet: sahab pull FILE-OR-URL, or sahab apply -f cloud.yaml");
  if (names.length === 1) return only;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new CommandError(`Which model? Name one: ${showList(names)} (such as: sahab chat ${only} "Hi")`);
  names.slice(0, shownMax).forEach((name, at) => print(`${String(at + 1).padStart(3)}  ${name}`));
  if (names.length > shownMax) print(`     and ${names.length - shownMax} more, by name`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const left = new AbortController();
  terminal.on("SIGINT", () => left.abort());
  terminal.on("close", () => left.abort());
  try {
    for (;;) {
      const answer = (await terminal.question(`Which model? [1] `, { signal: left.signal })).trim();
      const name = answer === "" ? only : names.includes(answer) ? answer : names[Number(answer) - 1];
      if (name !== undefined) return name;
      print(`There is no model ${answer}${askSimilar(answer, names)}`);
    }
  } catch (error) {
    if (left.signal.aborted) throw new CommandError("No model was chosen.", { cause: error });
    throw error;
  } finally {
    terminal.close();
  }
}
