import { z } from "@hono/zod-openapi";
import { printable } from "./schemas.ts";

/** Enough for a long text that is pasted; far below what a model reads. */
const textCharsMax = 1_000_000;
/** Of one image as a data URL: about 6 MB of it. The console makes them smaller before it sends them. */
const imageCharsMax = 8_000_000;
const imagesMax = 8;
/** It is read with the conversation, and sent with each request. */
const systemCharsMax = 100_000;

const projectName = printable(128).min(1);
const modelName = printable(256).min(1);
const messageId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected 1 to 64 letters, digits, - or _");
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const milliseconds = z.number().min(0).max(1e9);
/** Days after the last use; null for never. */
const keepDays = z.union([z.literal(1), z.literal(7), z.literal(30), z.null()], { error: "expected 1, 7, 30 or null" });

const parametersSchema = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    max_tokens: z.int().min(1).max(10_000_000).optional(),
    reasoning_effort: printable(20).optional(),
    json: z.boolean().optional().describe("Whether answers are to be JSON"),
  })
  .describe("What requests are made with");

const fields = {
  title: printable(200),
  project: projectName.describe("The project that pays"),
  models: z.array(modelName).max(2).describe("One, or two side by side"),
  system: z.string().max(systemCharsMax).describe("Prompt of the system"),
  parameters: parametersSchema,
  keep_days: keepDays.describe(
    "So many days after its last use it is deleted; null for never. `console.conversation_days` of the configuration bounds it",
  ),
  pinned: z.boolean(),
};

export const newConversationSchema = z
  .strictObject({
    ...fields,
    title: fields.title.default(""),
    models: fields.models.default([]),
    system: fields.system.default(""),
    parameters: fields.parameters.default({}),
    keep_days: keepDays.default(30).describe(fields.keep_days.description ?? ""),
    pinned: fields.pinned.default(false),
  })
  .openapi("NewConversation");

export const conversationChangesSchema = z.strictObject(fields).partial().openapi("ConversationChanges");

export const conversationSchema = z
  .object({
    id: z.string(),
    ...fields,
    created_at: z.string(),
    updated_at: z.string().describe("When a message was last added or changed"),
    expires_at: z.string().nullable(),
    messages: z.int(),
    bytes: z.int().describe("About what it takes in the store"),
  })
  .openapi("Conversation");

export const conversationsQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: printable(200).optional(),
  search: printable(200)
    .optional()
    .describe("Words that are all to be in the title or in one message; newest first, pinned or not"),
});

export const conversationsSchema = z.object({
  conversations: z.array(
    conversationSchema.omit({ system: true }).extend({
      excerpt: z
        .object({ message: z.string(), text: z.string() })
        .nullable()
        .optional()
        .describe("Of a search: the words around what was found; null where that is in the title"),
    }),
  ),
  next: z.string().nullable().describe("The cursor of the next page, or from where a search goes on"),
  searched: z.int().optional().describe("How many conversations this call has opened and read"),
});

const textPart = z.object({ type: z.literal("text"), text: z.string().max(textCharsMax) });
const imagePart = z.object({
  type: z.literal("image"),
  url: z
    .string()
    .max(imageCharsMax)
    .regex(/^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/, "expected a data URL of an image"),
});

const messageFields = {
  id: messageId,
  parent: messageId.nullable().describe("The message that it follows; null for a first one"),
  role: z.enum(["user", "assistant"]),
  status: z.enum(["complete", "stopped", "failed"]),
  content: z.array(z.discriminatedUnion("type", [textPart, imagePart])).max(2 * imagesMax),
  reasoning: z.string().max(textCharsMax),
  model: modelName.nullable(),
  request_id: printable(200).nullable(),
  usage: z
    .object({
      input_tokens: count,
      cached_input_tokens: count,
      output_tokens: count,
      reasoning_tokens: count,
      cost: z
        .string()
        .regex(/^\d{1,20}(?:\.\d{1,20})?$/)
        .nullable(),
      currency: printable(10).nullable(),
      estimated: z.boolean().optional().describe("Whether a count is Sahab's estimate, as where an answer was stopped"),
    })
    .nullable(),
  timings: z.object({ first_token_ms: milliseconds.nullable(), total_ms: milliseconds }).nullable(),
  error: z.object({ code: printable(100), message: z.string().max(4_000) }).nullable(),
  finish: printable(100).nullable().describe("Why the model ended: `stop`, `length`, `content_filter`, …"),
};

export const messageSchema = z.object({ ...messageFields, created_at: z.string() }).openapi("Message");
export const newMessagesSchema = z.strictObject({
  messages: z
    .array(
      z.strictObject({
        ...messageFields,
        reasoning: messageFields.reasoning.default(""),
        model: messageFields.model.default(null),
        request_id: messageFields.request_id.default(null),
        usage: messageFields.usage.default(null),
        timings: messageFields.timings.default(null),
        error: messageFields.error.default(null),
        finish: messageFields.finish.default(null),
      }),
    )
    .min(1)
    .max(20)
    .describe("New ones, parents first; one whose id is there is replaced, and keeps its parent"),
});

export const messagesQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: printable(200).optional(),
});

export const messagesSchema = z.object({
  messages: z.array(messageSchema),
  next: z.string().nullable(),
});
