import { z } from "@hono/zod-openapi";

const secret = z.string().min(1).max(500);

export const signInSchema = z
  .union([
    z.strictObject({ key: secret.describe("A key of role admin") }),
    z.strictObject({
      link: secret.describe("The text after #link= in the address that npm start and sahab console print"),
    }),
  ])
  .openapi("SignIn");

const actorSchema = z.object({
  name: z.string().describe("For people"),
  role: z.enum(["admin"]),
});

export const sessionSchema = z
  .object({
    actor: actorSchema,
    csrf: z
      .string()
      .nullable()
      .describe(
        "What requests of the session that change something have in x-sahab-csrf; null for a request with a key",
      ),
    expires_at: z.iso.datetime().nullable().describe("When the session ends unless it is used again"),
    server: z.object({ version: z.string(), name: z.string().describe("The machine's name") }),
    signed_in_with: z.enum(["key", "link"]).nullable().describe("Null for a request with a key of its own"),
    chat: z.object({
      ai_label: z.boolean().describe("Whether answers in the chat always have a label that says that an AI made them"),
      conversation_days: z
        .int()
        .nullable()
        .describe("Conversations are deleted so many days after their last use at the latest; null for no such bound"),
    }),
  })
  .openapi("Session");

const listedSessionSchema = z.object({
  id: z.string(),
  actor: actorSchema,
  signed_in_with: z.enum(["key", "link"]),
  address: z.string().describe("Where it was signed in from"),
  user_agent: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().describe("Up to a minute late"),
  expires_at: z.iso.datetime().describe("When it ends unless it is used again"),
  is_current: z.boolean().describe("The session of this request"),
});

export const sessionsSchema = z.object({ sessions: z.array(listedSessionSchema) }).openapi("Sessions");
export const endedSchema = z.object({ ended: z.number().int().describe("How many sessions") });
export const endSessionsQuery = z.strictObject({
  all: z.enum(["0", "1"]).optional().describe("1 ends the sessions of everybody, and takes away all links"),
});
export const sessionIdParam = z.object({ id: z.string().min(1).max(100) });
export const signInLinkSchema = z
  .object({
    link: z.string().describe("To be put behind /#link= of the server's address"),
    expires_at: z.iso.datetime(),
  })
  .openapi("SignInLink");
