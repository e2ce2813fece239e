import { formatTable, print, printJson } from "../print.ts";
import { findHere } from "./find-here.ts";
import { shortPath } from "./lines.ts";
import type { Manifests } from "./manifest.ts";
import type { Places } from "./places.ts";
import { clientPrograms } from "./registry.ts";
import type { SpokenDialect } from "./client-program.ts";

export const dialectTitles: Readonly<Record<SpokenDialect, string>> = {
  chat: "OpenAI chat",
  responses: "OpenAI Responses",
  messages: "Anthropic",
  gemini: "Gemini",
};

/** All programs: what each is, whether it is on this machine, and what it is connected to. */
export function listClients(places: Places, manifests: Manifests, asJson: boolean): void {
  const rows = clientPrograms.map((program) => {
    const manifest = manifests.read(program.name);
    return {
      name: program.name,
      title: program.title,
      about: program.about,
      speaks: program.speaks,
      writes: program.files !== undefined,
      found: findHere(program, places) ?? null,
      connected:
        manifest && manifest.files.length > 0
          ? { address: manifest.address, model: manifest.model, key_id: manifest.key_id, at: manifest.at }
          : null,
    };
  });
  if (asJson) {
    printJson(rows);
    return;
  }
  const table = rows.map(({ name, about, speaks, writes, found, connected }) => [
    name,
    about,
    dialectTitles[speaks],
    writes ? "yes" : "",
    found === null ? "" : shortPath(found, places),
    connected?.model ?? "",
  ]);
  print(formatTable(["NAME", "WHAT IT IS", "SPEAKS", "--write", "FOUND HERE", "CONNECTED TO"], table));
}
