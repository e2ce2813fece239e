import { withoutVendorKeys } from "../vendor/index.ts";

/** The way out, and the tokens of hubs. */
const others =
  /^(?:https?_proxy|no_proxy|node_extra_ca_certs|hf_token|hugging_face_hub_token|hf_endpoint|modelscope_\w+)$/i;

/** Nobody set them: `bin/start.mjs` does. */
const ofTheLauncher: ReadonlySet<string> = new Set(["SAHAB_CALLED_AS", "SAHAB_LAUNCHED_IN"]);

/** Names of the variables that are settings of Sahab or vendors' keys; no values. */
export function namesOfSettings(variables: Readonly<Record<string, string | undefined>>): string[] {
  const set = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const rest = withoutVendorKeys(Object.fromEntries(set));
  return set
    .map(([name]) => name)
    .filter((name) => !ofTheLauncher.has(name))
    .filter((name) => name.startsWith("SAHAB_") || others.test(name) || !Object.hasOwn(rest, name))
    .sort();
}
