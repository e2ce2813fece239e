import { z } from "zod";

interface Context {
  issues: z.core.$ZodRawIssue[];
}

/** What is wrong within a value is told at its own place, which a union would not do. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown, context: Context): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
  return z.NEVER;
}

export function refuse(context: Context, message: string): never {
  context.issues.push({ code: "custom", message, input: undefined });
  return z.NEVER;
}
