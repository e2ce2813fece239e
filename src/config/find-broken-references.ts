import { askSimilar } from "../base/find-similar.ts";
import { showText } from "../base/printable.ts";
import { describeStray } from "./find-stray-targets.ts";
import { baseAddressOf, mayBeOfEnvironment, vendors } from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./schema/cloud-schema.ts";

/** Finds duplicate names, variables that were not replaced, and references to unknown names. Returns one line for each, with its place. */
export function findBrokenReferences(config: CloudConfig, document: unknown): string[] {
  return [...findDuplicates(config), ...findUnresolved(document, ""), ...findUnknownReferences(config)];
}

function findDuplicates(config: CloudConfig): string[] {
  const urls = (config.alerts ?? []).map(({ url }) => url);
  const webhooks = urls.flatMap((url, index) =>
    urls.indexOf(url) === index ? [] : [`alerts[${index}].url: this address stands twice among alerts`],
  );
  return [...findTwiceNamed(config), ...webhooks];
}

function findTwiceNamed(config: CloudConfig): string[] {
  return (["providers", "models", "organisations", "projects"] as const).flatMap((kind) => {
    const seen = new Set<string>();
    return (config[kind] ?? []).flatMap((item, index) => {
      if (!seen.has(item.name)) return seen.add(item.name) && [];
      return [`${kind}[${index}].name: "${item.name}" stands twice among ${kind}`];
    });
  });
}

/** A `${NAME}` that is still there means that the variable was not set where the file was applied. */
function findUnresolved(value: unknown, place: string): string[] {
  if (typeof value === "string") {
    const missing = /\$\{([^}]*)\}/.exec(value);
    if (!missing) return [];
    // What is no variable's name may be a secret in brackets.
    const isName = /^[A-Za-z_]\w{0,100}$/.test(missing[1] ?? "");
    return [
      isName
        ? `${place}: environment variable ${missing[1]} is not set where the configuration is applied${/\.api_keys?(?:\[\d+\])?$/.test(place) ? "; set it, or leave the field out to keep a key that is stored already" : ""}`
        : `${place}: between \${ and } the name of an environment variable is allowed: letters, digits and _`,
    ];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => findUnresolved(item, `${place}[${index}]`));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => findUnresolved(item, place ? `${place}.${key}` : key));
  }
  return [];
}

function findUnknownReferences(config: CloudConfig): string[] {
  const providers = new Map(config.providers.map((provider) => [provider.name, provider]));
  const organisations = new Set(config.organisations?.map(({ name }) => name));
  const list = (names: IteratorObject<string>) => names.take(20).toArray().join(", ") || "none are declared";
  return [
    ...config.providers.flatMap((provider, index) =>
      provider.base_url === undefined && vendors[provider.vendor].baseUrl === undefined
        ? [`providers[${index}].base_url: vendor ${provider.vendor} has no address of its own, so one is needed`]
        : [],
    ),
    ...config.providers.flatMap((provider, index) =>
      provider.tls && baseAddressOf(vendors[provider.vendor], provider)?.startsWith("http:")
        ? [
            `providers[${index}].tls: the address of "${provider.name}" is plain http, without TLS; use https or leave tls out`,
          ]
        : [],
    ),
    ...config.models.flatMap((model, index) =>
      (model.targets ?? []).flatMap((target, at) => {
        const provider = providers.get(target.provider);
        if (provider) return findUnofferedApi(provider, target, `models[${index}].targets[${at}].api`);
        if (mayBeOfEnvironment(target.provider)) return [];
        return [`models[${index}].targets[${at}].provider: ${describeStray(target.provider, [...providers.keys()])}`];
      }),
    ),
    ...config.projects.flatMap(({ organisation }, index) =>
      organisation === undefined || organisations.has(organisation)
        ? []
        : [
            `projects[${index}].organisation: ${showText(organisation)} is not among the organisations (${list(organisations.values())})${askSimilar(organisation, organisations)}`,
          ],
    ),
  ];
}

function findUnofferedApi(provider: ProviderConfig, target: { api?: string | undefined }, place: string): string[] {
  const offered = provider.apis ?? vendors[provider.vendor].apis;
  if (target.api === undefined || offered.includes(target.api)) return [];
  return [`${place}: provider ${provider.name} offers ${offered.join(", ")}, not ${target.api}`];
}
