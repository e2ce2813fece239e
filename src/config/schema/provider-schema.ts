import { z } from "zod";
import { parseProxyAddress } from "../../base/proxy-address.ts";
import { dialects } from "../../dialect/registry.ts";
import { cacheTagNames, vendorNames } from "../../vendor/index.ts";
import { findCertificateFault } from "../find-certificate-fault.ts";
import { findAddressFault, mendAddress } from "../provider-address.ts";
import { findHeaderFault, findKeyFault, keysMax, mendKey } from "../provider-secret.ts";
import { findReferenceFault, parseSecretReference } from "../secret/reference.ts";
import { checked, name } from "./names.ts";

const timeoutMs = z.number().int().min(1).max(3_600_000);

export const apiSchema = z.enum(dialects.map((dialect) => dialect.api));

export const tlsSchema = z.strictObject({
  /** Certificates in PEM that are trusted beside the known authorities. */
  ca: checked(findCertificateFault).optional(),
  /** Any certificate is accepted: whoever is on the way can read and change everything. */
  insecure: z.boolean().optional(),
});

/** What becomes of a call when its client leaves: it is cancelled, or read on to the vendor's own count. */
export const onDisconnectSchema = z.strictObject({
  mode: z.enum(["cancel", "drain"]),
  /** How long it is read on at most; 30,000 by default. */
  limit_ms: z.number().int().min(1).max(600_000).optional(),
});

const apiKey = checked(
  (text) => (parseSecretReference(text) ? findHeaderFault(text) : (findReferenceFault(text) ?? findKeyFault(text))),
  mendKey,
);

export const providerSchema = z.strictObject({
  name,
  vendor: z.enum(vendorNames),
  base_url: checked(findAddressFault, mendAddress).optional(),
  /** The key, or where it is: `env:NAME`, `file:/path`, `exec:/program arguments`. Absent keeps the stored one; null removes it. */
  api_key: apiKey.nullable().optional(),
  /** Several keys instead, each of which rests alone. Absent keeps the stored ones; null removes them. */
  api_keys: z.array(apiKey).min(1).max(keysMax).nullable().optional(),
  /** Sent with every call; kept secret like the key. Absent keeps the stored ones; null removes them. */
  headers: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, "expected a header's name: letters, digits and -")
        .refine(
          (key) => !["connection", "content-length", "transfer-encoding"].includes(key.toLowerCase()),
          "this header is Sahab's own to set",
        ),
      checked(findHeaderFault),
    )
    .nullable()
    .optional(),
  region: z.string().max(64).optional(),
  /** Every model that the catalogue knows of the vendor is there as `NAME/id`, and other ids are asked for as they are. */
  catalog: z.boolean().optional(),
  /** Wire formats that it offers, the preferred one first; the vendor's own list by default. */
  apis: z
    .array(apiSchema)
    .min(1, "expected at least one format")
    .refine((apis) => new Set(apis).size === apis.length, "expected each format once")
    .optional(),
  /** Fields that reach beyond the model and are passed on all the same. */
  pass_fields: z
    .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, "expected a field's name: 1 to 128 printable ASCII characters"))
    .max(200)
    .optional(),
  /** The field in which it takes a tag that keeps the prefix caches of projects apart; the vendor's own by default. */
  cache_tag: z.enum([...cacheTagNames, "none"]).optional(),
  /** Hides from callers what came from its prefix cache. */
  isolate_cache: z.boolean().optional(),
  /** Who runs clients' batches for it: the vendor, where it has batches, or Sahab. */
  batches: z.enum(["vendor", "sahab"]).optional(),
  on_disconnect: onDisconnectSchema.optional(),
  tls: tlsSchema.optional(),
  /** An HTTP proxy, or `none` for no proxy whatever the environment says. A password in it is kept secret like the key. */
  proxy: checked((text) => (text === "none" ? undefined : findProxyFault(text))).optional(),
  timeouts: z
    .strictObject({
      connect_ms: timeoutMs.optional(),
      first_text_ms: timeoutMs.optional(),
      /** The old name of first_text_ms. */
      first_byte_ms: timeoutMs.optional(),
      idle_ms: timeoutMs.optional(),
      whole_ms: timeoutMs.optional(),
    })
    .optional(),
});

function findProxyFault(text: string): string | undefined {
  try {
    parseProxyAddress(text);
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}, or none`;
  }
}

/** Fields of a provider whose values are shown (an address may hold a password); a secret may have been put in any other place. */
const shownProviderFields = new Set<PropertyKey>([
  "name",
  "vendor",
  "region",
  "catalog",
  "apis",
  "timeouts",
  "pass_fields",
  "cache_tag",
  "isolate_cache",
  "batches",
  "on_disconnect",
]);

/** Whether what is at this place of a cloud.yaml must not be shown. */
export function mayBeSecret(path: readonly PropertyKey[]): boolean {
  if (path[0] === "alerts") return path.length > 1 && path[2] !== "at" && path[2] !== "allow_private";
  return path[0] === "providers" && path.length > 1 && !shownProviderFields.has(path[2] ?? "");
}
