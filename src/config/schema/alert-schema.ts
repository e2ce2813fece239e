import { z } from "zod";
import { findReferenceFault, parseSecretReference } from "../secret/reference.ts";
import { findKeyFault, isPlaceholder } from "../provider-secret.ts";
import { checked } from "./names.ts";

/** A webhook that is told when budgets are nearly used up. */
export const alertSchema = z.strictObject({
  /** Http or https; what tells webhooks apart. */
  url: checked(findUrlFault),
  /** Signs what is sent, so it is kept secret; absent keeps the stored one. */
  secret: checked(findSecretFault).optional(),
  /** It may be on this machine or in a private network. */
  allow_private: z.boolean().optional(),
  /** At which percentages of a budget; 50, 80, 95 and 100 by default. */
  at: z.array(z.number().int().min(1).max(1_000)).min(1).max(20).optional(),
});

export type AlertConfig = z.infer<typeof alertSchema>;

const urlCharsMax = 2_048;
/** An HMAC with less can be guessed. */
const secretCharsMin = 16;

function findUrlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    return "expected an address such as https://hooks.example.com/sahab";
  if (text.length > urlCharsMax) return `expected at most ${urlCharsMax} characters`;
  if (url.username !== "" || url.password !== "")
    return "expected an address without a user and password, since addresses are shown";
  return url.hash === "" ? undefined : "expected an address without #";
}

function findSecretFault(text: string): string | undefined {
  if (parseSecretReference(text) || findReferenceFault(text) !== undefined)
    return "expected the secret itself or ${NAME}, a variable of the environment where the configuration is applied";
  if (isPlaceholder(text)) return "expected the secret itself, found a placeholder";
  if (text.length < secretCharsMin) return `expected at least ${secretCharsMin} characters`;
  return findKeyFault(text);
}
