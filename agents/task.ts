/** A file that the agent is to write. */
export interface TaskFile {
  name: string;
  text: string;
}

/** One file for each turn of the model; then it says that it is done. */
export const taskFiles: readonly TaskFile[] = [
  { name: "first.txt", text: "rain falls on the roof" },
  { name: "second.txt", text: "the cat sleeps below" },
];

export const taskPrompt = "Write the files first.txt and second.txt with a line of a poem each.";
export const secondPrompt = "Thank you. Are both files there?";

/** At these words the vendor refuses the request with 400. */
export const refusalPrompt = "Say the word that no model may say.";
export const refusal = "The scripted vendor does not take this prompt";
