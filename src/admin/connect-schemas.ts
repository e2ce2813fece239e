import { z } from "@hono/zod-openapi";
import { printable } from "./schemas.ts";

export const connectQuerySchema = z.object({
  address: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .optional()
    .describe("What clients call this server, such as https://ai.example.com; by default what this request calls it"),
  model: printable(256).optional().describe("The model that is put into the lines; by default the first"),
  platform: z.enum(["linux", "darwin", "win32"]).default("linux").describe("Whose paths and shell the lines are for"),
});

const blockSchema = z.object({
  place: z.string().describe("Where in the file; the end of a phrase"),
  text: z.string(),
});

const programSchema = z.object({
  name: z.string().describe("As sahab connect NAME has it"),
  title: z.string(),
  about: z.string(),
  speaks: z.enum(["chat", "responses", "messages", "gemini"]),
  is_agent: z
    .boolean()
    .describe("It works with tools, so that a model without them or with a small context is of little use"),
  files: z.array(z.object({ path: z.string(), format: z.string(), blocks: z.array(blockSchema) })),
  shell: z.array(z.string()).describe("Lines for the shell that it is started in"),
  steps: z.array(z.string()).describe("What a person does, one step a line"),
  start: z.string(),
  is_command: z.boolean().describe("Whether `start` is a command"),
  notes: z.array(z.string()),
  can_write: z.boolean().describe("Whether sahab connect NAME --write does all of it"),
});

export const connectSchema = z
  .object({
    address: z.string(),
    model: z.string().nullable(),
    key: z.string().describe("Stands in the lines where the key belongs"),
    programs: z.array(programSchema),
  })
  .openapi("Connect");
