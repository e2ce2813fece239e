import { isLoopback } from "../../base/address-ranges.ts";
import type { SecretSources } from "../../base/secret-sources.ts";
import { isListed } from "../../transport/index.ts";
import { baseAddressOf, vendors } from "../../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "../cloud-config.ts";
import { hostHeader } from "../host-header.ts";
import { parseSecretReference, referencesOf } from "./reference.ts";

/**
 * References that the owner of the machine has not allowed: one line each. Whoever configures providers
 * chooses where secrets go, so a reference could otherwise send any of the machine's to anybody.
 */
export function findForbidden(config: Pick<CloudConfig, "providers">, sources: SecretSources): string[] {
  return config.providers.flatMap((provider) => {
    const references = referencesOf(provider);
    const reach =
      references.length === 0 && !usesMachineCredentials(provider) ? undefined : whyNotSentThere(provider, sources);
    return [
      ...references.flatMap(([field, text]) => {
        const why = whyNotRead(text, sources);
        return why === undefined ? [] : [`provider ${provider.name}: ${field}: ${why}`];
      }),
      ...(reach === undefined ? [] : [`provider ${provider.name}: ${reach}`]),
    ];
  });
}

/** Whether a provider is called with what the machine is authorised for, which is for its owner to send. */
export function usesMachineCredentials({ vendor, api_key }: ProviderConfig): boolean {
  return vendors[vendor].machineVariables !== undefined && !api_key;
}

/** Why a reference is not read; undefined where it is listed. Folders are compared when a file is read, since links change. */
export function whyNotRead(text: string, sources: SecretSources): string | undefined {
  const reference = parseSecretReference(text);
  if (reference?.kind === "env" && !Object.hasOwn(sources.variables, reference.name))
    return `env:${reference.name} is not among the variables that secrets may refer to; the owner of the machine lists them in SAHAB_SECRET_ENV`;
  if (reference?.kind === "file" && sources.folders.length === 0)
    return "no folder is named whose files secrets may refer to; the owner of the machine lists them in SAHAB_SECRET_FILES";
  if (reference?.kind === "exec" && !sources.commands.some((command) => Bun.deepEquals(command, reference.command)))
    return "this command, with these arguments, is not among those that secrets may refer to; the owner of the machine lists them in SAHAB_SECRET_COMMANDS";
  return undefined;
}

/** Why the referenced secrets of a provider are not sent to it, with the field at fault; undefined where they are. */
export function whyNotSentThere(provider: ProviderConfig, { hosts }: SecretSources): string | undefined {
  if (isListed(hosts, "*", 0)) return undefined;
  const vendor = vendors[provider.vendor];
  const own = baseAddressOf(vendor, { region: provider.region });
  const url = new URL(provider.base_url ?? own ?? "http://unknown");
  const isOwn =
    (own !== undefined && url.origin === new URL(own).origin) ||
    (url.protocol === "https:" && url.port === "" && vendor.ownHosts?.test(url.hostname) === true);
  if (!isOwn && !mayReach(url, hosts)) {
    const plain = url.protocol === "http:" ? `, those to be reached without TLS as ${url.origin}` : "";
    const what = usesMachineCredentials(provider) ? "the machine's own credentials" : "secrets by reference";
    return `base_url: ${what} are not sent to ${url.origin}; the owner of the machine lists hosts in SAHAB_SECRET_HOSTS${plain}`;
  }
  // With these, whoever may configure providers could read along, or have the secret passed on to a server of theirs.
  const field = provider.tls?.insecure
    ? "tls.insecure"
    : provider.tls?.ca !== undefined
      ? "tls.ca"
      : provider.proxy !== undefined && provider.proxy !== "none"
        ? "proxy"
        : hostHeader(provider.headers) !== undefined
          ? "headers.host"
          : undefined;
  return field === undefined
    ? undefined
    : `${field}: not allowed beside secrets by reference, since these are for the owner of the machine to send; use NODE_EXTRA_CA_CERTS and HTTPS_PROXY of the server, or SAHAB_SECRET_HOSTS=*`;
}

/** A host is listed for https; beyond this machine plain http, which others on the way can read, is listed as such. */
function mayReach(url: URL, hosts: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const isPlain = url.protocol === "http:";
  const listed = hosts.split(/[\s,]+/).flatMap((entry) => {
    const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*?)\/?$/i.exec(entry) ?? [];
    const isFor = scheme === undefined ? !isPlain || isLoopback(host) : `${scheme.toLowerCase()}:` === url.protocol;
    return isFor ? [rest] : [];
  });
  return isListed(listed.join(","), host, port);
}
