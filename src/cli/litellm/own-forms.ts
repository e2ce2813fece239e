import { textOf, type Fields } from "./fields.ts";
import type { Place } from "./places.ts";
import type { Finding, FoundTarget } from "./target.ts";
import { variableOf } from "./variables.ts";

type OwnForm = (target: FoundTarget, params: Fields, finding: Finding) => void;

/** What some vendors say in fields of their own. */
export const ownForms: Partial<Record<Place["vendor"], OwnForm>> = {
  "azure-openai": (target, params, { variables, notes, at }) => {
    const { provider } = target;
    provider.base_url ??= variables.need("AZURE_API_BASE");
    const version = textOf(params["api_version"]);
    const isOlder = version !== undefined && /^\d{4}-\d\d-\d\d(?:-preview)?$/.test(version);
    if (isOlder && !/\/openai(?:\/|$)|\/anthropic/.test(provider.base_url) && !target.model.includes("claude"))
      provider.base_url += `/openai/deployments/${version}`;
    if (version !== undefined)
      notes.add(
        isOlder
          ? { fate: "taken over", setting: "litellm_params.api_version", becomes: "the end of base_url", advice: "" }
          : {
              fate: "changed",
              setting: "litellm_params.api_version",
              becomes: "",
              advice: "Azure's v1 API is used, which needs no version",
            },
        at,
      );
  },
  bedrock: (target, params, { variables }) => {
    // `converse/us-east-1/name`: how it is called, and where.
    const [, own, name = target.model] =
      /^(?:(?:converse|invoke|converse_like)\/)?(?:([a-z]{2}(?:-[a-z]+){1,2}-\d{1,2})\/)?(.+)$/.exec(target.model) ??
      [];
    target.model = name;
    const region = own ?? textOf(params["aws_region_name"]);
    const variable = variableOf(region);
    if (region !== undefined) target.provider.region = variable === undefined ? region : variables.need(variable);
  },
  huggingface: (target) => {
    // `novita/owner/name` is `owner/name:novita` for the router.
    const [, host, name] = /^([^/]+)\/([^/]+\/[^/]+)$/.exec(target.model) ?? [];
    if (host !== undefined && name !== undefined) target.model = `${name}:${host}`;
  },
  ollama: ({ provider }) => {
    if (
      provider.base_url !== undefined &&
      URL.canParse(provider.base_url) &&
      new URL(provider.base_url).pathname === "/"
    )
      provider.base_url += "/v1";
  },
  vertex: (target, params, { variables, notes, at }) => {
    const asText = (name: string) => {
      const text = textOf(params[name]);
      const variable = variableOf(text);
      return variable === undefined ? text : variables.need(variable);
    };
    const [project, place = "us-central1"] = [asText("vertex_project"), asText("vertex_location")];
    const host = place === "global" ? "aiplatform.googleapis.com" : `${place}-aiplatform.googleapis.com`;
    if (project !== undefined) target.provider.base_url ??= `https://${host}/v1/projects/${project}/locations/${place}`;
    else target.provider.region = place;
    const needed = project === undefined ? "GOOGLE_VERTEX_PROJECT and " : "";
    notes.add(
      {
        fate: "changed",
        setting: "litellm_params.vertex_credentials",
        becomes: "",
        advice: `the server's own credentials are used: set ${needed}GOOGLE_APPLICATION_CREDENTIALS in the environment of sahab up`,
      },
      at,
    );
  },
};
