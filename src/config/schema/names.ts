import { z } from "zod";

/** The name of a resource. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/,
    "letters a to z, digits and . _ : / - are allowed, at most 128 characters, a letter or digit first",
  );

/** A name that clients may ask for. One that ends in `*` matches every name with that beginning. */
export const namePattern = z
  .string()
  .regex(
    /^(?:\*|[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}\*?)$/,
    "letters a to z, digits and . _ : / @ - are allowed, at most 128 characters, a letter or digit first, and a * at the end",
  );

/** A check that says itself what is wrong, after what can be mended without doubt was mended. */
export function checked(find: (text: string) => string | undefined, mend = (text: string) => text) {
  return z
    .string()
    .transform(mend)
    .superRefine((text, context) => {
      const fault = find(text);
      if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
    });
}

/** More than any model reads. */
export const tokens = z.number().int().min(1).max(100_000_000);
