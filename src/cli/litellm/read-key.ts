import { vendors } from "../../vendor/index.ts";
import { textOf, type Fields } from "./fields.ts";
import type { Place } from "./places.ts";
import type { Finding } from "./target.ts";
import { variableName } from "./variables.ts";

/** Whose key it is. */
interface KeyOf {
  word: string;
  named: string;
  place: Place;
  vendor: Place["vendor"];
  isOwn: boolean;
}

/** The key of a provider, as a reference to a variable; undefined where none is needed. */
export function readKey(params: Fields, of: KeyOf, { notes, variables, at }: Finding): string | undefined {
  const value = textOf(params["api_key"]);
  const setting = "litellm_params.api_key";
  if (of.vendor === "bedrock" && value === undefined) return readAwsKey(params, { notes, variables, at });
  if (value === undefined) {
    if (of.isOwn || of.vendor === "vertex" || of.vendor === "ollama") return undefined;
    const usual = of.place.key ?? vendors[of.vendor].keyVariables?.[0];
    if (usual === undefined) return undefined;
    notes.add(
      {
        fate: "changed",
        setting,
        becomes: `\${${usual}}`,
        advice: `LiteLLM takes ${usual} by itself; here the file names it`,
      },
      at,
    );
    return variables.need(usual);
  }
  if (of.isOwn && isNoKey(value)) {
    notes.add(
      { fate: "changed", setting, becomes: "", advice: "a placeholder: servers of one's own need no key here" },
      at,
    );
    return undefined;
  }
  const usual = of.vendor === "compatible" || of.vendor === "vllm" ? undefined : vendors[of.vendor].keyVariables?.[0];
  const { text, wasLiteral } = variables.refer(value, usual ?? variableName(of.named, "API_KEY"));
  if (wasLiteral)
    notes.add(
      {
        fate: "changed",
        setting,
        becomes: text,
        advice: "the key stood in the file itself: set the variable where the cloud.yaml is applied",
      },
      at,
    );
  else notes.add({ fate: "taken over", setting, becomes: text, advice: "" }, at);
  return text;
}

/** What is written where a server needs no key. */
function isNoKey(value: string): boolean {
  return /^(?:none|null|empty|dummy|fake(?:-key)?|na|n\/a|anything|no-key|not-needed|ollama|sk-(?:1234|none|no-key|xxx+))$/i.test(
    value,
  );
}

function readAwsKey(
  params: Fields,
  { notes, variables, at }: Pick<Finding, "notes" | "variables" | "at">,
): string | undefined {
  const names = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];
  const values = names.map((name) => textOf(params[name]));
  if (values[0] === undefined || values[1] === undefined) {
    notes.add(
      {
        fate: "changed",
        setting: "litellm_params (AWS credentials)",
        becomes: "",
        advice:
          "the server's own are used: set AWS_PROFILE, AWS_ACCESS_KEY_ID or a role in the environment of sahab up",
      },
      at,
    );
    return undefined;
  }
  const parts = values.flatMap((value, index) =>
    value === undefined ? [] : [variables.refer(value, (names[index] ?? "").toUpperCase()).text],
  );
  notes.add({ fate: "taken over", setting: "litellm_params.aws_access_key_id, …", becomes: "api_key", advice: "" }, at);
  return parts.join(":");
}
