import type { OpenAPIHono, z } from "@hono/zod-openapi";
import { errorSchema } from "./schemas.ts";

/** What the server knows of a request beside the platform's Request. */
export interface AdminEnv {
  Bindings: {
    /** The client's. */
    address: string;
  };
}

export type AdminApp = OpenAPIHono<AdminEnv>;

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { "application/json": { schema } },
  description,
});

export const failure = json(errorSchema, "What is wrong, and what is allowed");
