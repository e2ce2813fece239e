import { usualContext, type ClientProgram, type Connection } from "../../connect/client-program.ts";
import { linesFor } from "../../connect/lines.ts";
import type { Places } from "../../connect/places.ts";

/** Whether what the program is told depends on the model; a chat page takes the server's list. */
export function takesModel(program: ClientProgram, places: Places): boolean {
  const sample = (name: string) => linesOf(program, { ...sampleConnection, model: { ...sampleModel, name } }, places);
  return sample("one") !== sample("other");
}

/** What becomes of a context that is not known, and what to do about it; nothing where the program has no setting for it. */
export function describeContext(program: ClientProgram, { model }: Connection, places: Places): string[] {
  if (model.context !== undefined) return [];
  const [unknown, known] = [undefined, usualContext + 1].map((context) =>
    linesOf(program, { ...sampleConnection, model: { ...sampleModel, context } }, places),
  );
  if (unknown === known) return [];
  const { title, guessesContext } = program;
  const outcome = guessesContext
    ? `${title} needs a number, so ${usualContext} is written as a guess`
    : `${title} gets no number and guesses one`;
  const name = model.leadsTo ?? model.name;
  return [
    `the context of ${model.name} is not known: ${outcome}. Declare it in cloud.yaml: models: - name: ${name}, context: 131072 (and output, the most tokens of an answer); then sahab apply, and connect again`,
  ];
}

const sampleModel = {
  name: "one",
  context: undefined,
  output: undefined,
  tools: undefined,
  images: undefined,
  thinks: undefined,
  isChat: true,
  isDeclared: true,
};
const sampleConnection: Omit<Connection, "models"> = { address: "http://sahab", key: "k", model: sampleModel, at: "" };

function linesOf(program: ClientProgram, connection: Omit<Connection, "models">, places: Places): string {
  return JSON.stringify(linesFor(program, { ...connection, models: [connection.model] }, places));
}
