import { createRoute, type z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import type { Snapshot } from "../config/index.ts";
import { clientPrograms, type ClientProgram, type Connection } from "../connect/index.ts";
import { blocksOf, findPlaces, linesFor, shellLine, shortPath, type Places } from "../connect/index.ts";
import { connectQuerySchema, connectSchema } from "./connect-schemas.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { isSecure } from "./session-cookie.ts";

interface ConnectDeps {
  snapshot(): Pick<Snapshot, "models">;
  clock: Pick<Clock, "now">;
  isTls: boolean;
}

/** Never a key of anybody's: the page that shows the lines may know one, for a moment. */
const placeholderKey = "YOUR-SAHAB-KEY";

export function addConnectRoutes(app: AdminApp, { snapshot, clock, isTls }: ConnectDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/connect",
      summary: "How programs are pointed at this Sahab: the lines to paste, for each that is known",
      request: { query: connectQuerySchema },
      responses: { 200: json(connectSchema, "In the order of sahab connect"), 400: failure, 404: failure },
    }),
    (context) => {
      const { address, model: wanted, platform } = context.req.valid("query");
      const { headers } = context.req.raw;
      const own = `${isSecure(headers, isTls) ? "https" : "http"}://${headers.get("host") ?? "localhost"}`;
      const model = factsOf(snapshot(), wanted);
      const connection: Connection = {
        address: address === undefined ? own : address.replace(/\/+$/, ""),
        key: placeholderKey,
        model,
        models: [model],
        at: new Date(clock.now()).toISOString(),
      };
      const places = placesOn(platform);
      const programs = clientPrograms.map((program) => encodeProgram(program, connection, places));
      return context.json(
        { address: connection.address, model: model.name || null, key: placeholderKey, programs },
        200,
      );
    },
  );
}

/** Those of a person whose variables are as they are at first; `~` is put for their home later. */
function placesOn(platform: "linux" | "darwin" | "win32"): Places {
  const home = "/home/me";
  return findPlaces({ HOME: home, USERPROFILE: home }, platform);
}

function factsOf({ models }: Pick<Snapshot, "models">, wanted: string | undefined): Connection["model"] {
  const name = wanted ?? findChatModel(models) ?? "";
  const entry = models.get(name);
  if (wanted !== undefined && !entry)
    throw new SahabError("not_found", `There is no model "${wanted}"`, { param: "model" });
  const facts = entry?.facts;
  return {
    name,
    context: facts?.contextTokens,
    output: facts?.outputTokensMax,
    tools: facts?.tools,
    images: facts?.takes?.includes("image"),
    thinks: facts?.thinks,
    isChat: true,
    isDeclared: entry?.owner === undefined,
  };
}

/** The first that may answer chats. */
function findChatModel(models: Snapshot["models"]): string | undefined {
  for (const [name, { facts }] of models) if ((facts?.work ?? "chat") === "chat") return name;
  return undefined;
}

function encodeProgram(
  program: ClientProgram,
  connection: Connection,
  places: Places,
): z.infer<typeof connectSchema>["programs"][number] {
  const { name, title, about, speaks, isAgent, start, isNoCommand, notes, files } = program;
  const lines = linesFor(program, connection, places);
  return {
    name,
    title,
    about,
    speaks,
    is_agent: isAgent,
    files: lines.files.map((file) => ({
      path: shortPath(file.path, places),
      format: file.format,
      blocks: blocksOf(file),
    })),
    shell: Object.entries(lines.environment).map(([variable, value]) => shellLine(variable, value, places.platform)),
    steps: [...lines.steps],
    start,
    is_command: isNoCommand !== true,
    notes: [...notes],
    can_write: files !== undefined,
  };
}
