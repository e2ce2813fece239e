import type { Client } from "../client.ts";
import { formatTable, print, printJson } from "../print.ts";
import { checkConnected } from "./check-connected.ts";
import { findHere } from "./find-here.ts";
import { shortPath } from "../../connect/lines.ts";
import type { Manifests } from "./manifest.ts";
import type { Places } from "../../connect/places.ts";
import { clientPrograms } from "../../connect/registry.ts";
import type { SpokenDialect } from "../../connect/client-program.ts";

export const dialectTitles: Readonly<Record<SpokenDialect, string>> = {
  chat: "OpenAI chat",
  responses: "OpenAI Responses",
  messages: "Anthropic",
  gemini: "Gemini",
};

/** All programs: what each is, whether it is on this machine, and what it is connected to. */
export async function listClients(
  places: Places,
  manifests: Manifests,
  { open, asJson }: { open: () => Client; asJson: boolean },
): Promise<void> {
  const connected = new Map(
    clientPrograms.flatMap(({ name }) => {
      const manifest = manifests.read(name);
      return manifest && manifest.files.length > 0 ? [[name, manifest] as const] : [];
    }),
  );
  const states = await checkConnected(open, [...connected.values()]);
  const rows = clientPrograms.map((program) => {
    const manifest = connected.get(program.name);
    return {
      name: program.name,
      title: program.title,
      about: program.about,
      speaks: program.speaks,
      writes: program.files !== undefined,
      found: findHere(program, places) ?? null,
      connected: manifest
        ? {
            address: manifest.address,
            model: manifest.model,
            key_id: manifest.key_id,
            at: manifest.at,
            state: states.get(manifest) ?? "not checked",
          }
        : null,
    };
  });
  if (asJson) {
    printJson(rows);
    return;
  }
  const table = rows.map(({ name, title, writes, found, connected }) => [
    name,
    title,
    writes ? "yes" : "by hand",
    found === null ? "" : clip(shortPath(found, places), foundMax),
    connected === null ? "" : describe(connected),
  ]);
  print(formatTable(["NAME", "PROGRAM", "--write", "FOUND HERE", "CONNECTED TO"], table));
}

function describe({ model, state }: { model: string; state: string }): string {
  return state === "ok" ? clip(model, connectedMax) : `${clip(model, connectedMax - state.length - 3)} (${state})`;
}

/** Columns that together with the others, which are as wide as their longest entry, fit 100 columns. */
const [foundMax, connectedMax] = [26, 27];

/** The end of a path says most, and so does that of a model's name. */
function clip(text: string, max: number): string {
  return text.length <= max ? text : `…${text.slice(text.length - max + 1)}`;
}
