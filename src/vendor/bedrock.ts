import { unframeEvents } from "./aws/unframe-events.ts";
import { createAwsCredentials } from "./aws/aws-credentials.ts";
import type { Vendor } from "./vendor.ts";

/**
 * Amazon Bedrock (https://docs.aws.amazon.com/bedrock/latest/APIReference). Claude is called by InvokeModel, with the bodies of
 * Anthropic's Messages; other models by Bedrock's OpenAI-style API. Not offered are models that have Converse alone (Nova).
 * The key is a Bedrock API key, or `ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]`; without one the machine's credentials sign.
 */
export const bedrock: Vendor = {
  baseUrl: "https://bedrock-runtime.{region}.amazonaws.com",
  addressVariables: { region: ["AWS_REGION", "AWS_DEFAULT_REGION"] },
  // Unverified: after AWS's general reference, "Regional endpoints": us-east-1, us-gov-west-1, ap-southeast-5.
  regionForm: { pattern: /^[a-z]{2}(?:-[a-z]+){1,2}-\d{1,2}$/, example: "us-east-1" },
  ownHosts: /^bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
  keyVariables: ["AWS_BEARER_TOKEN_BEDROCK"],
  machineVariables: [
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    ["AWS_PROFILE"],
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
  ],
  catalogParts: { "": "amazon-bedrock" },
  apis: ["messages", "chat", "responses"],
  modelApis: [
    { models: /anthropic\.claude/, apis: ["messages"] },
    // Unverified: that these have no chat completions.
    { models: /openai\.gpt-[5-9]/, apis: ["responses"] },
    { models: /./, apis: ["chat"] },
  ],
  address: (baseUrl) => `${rootOf(baseUrl)}/openai/v1`,
  elsewhere(baseUrl, { api, operation, model, stream }) {
    if (api !== "messages") return undefined;
    if (operation !== "chat") return null;
    return `${rootOf(baseUrl)}/model/${encodeURIComponent(model)}/invoke${stream ? "-with-response-stream" : ""}`;
  },
  bodyShapes: [
    {
      api: "messages",
      without: ["model", "stream"],
      with: { anthropic_version: '"bedrock-2023-05-31"' },
      betasField: "anthropic_beta",
    },
  ],
  // The list is an operation of another host, with a format of its own.
  modelList: false,
  authorize: (apiKey): Record<string, string> => (isAccessKey(apiKey) ? {} : { authorization: `Bearer ${apiKey}` }),
  credentials({ apiKey, region, baseUrl }) {
    if (apiKey !== undefined && !isAccessKey(apiKey)) return undefined;
    const place = region ?? /^https:\/\/bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(baseUrl)?.[1] ?? "us-east-1";
    return createAwsCredentials({ accessKey: apiKey, region: place, service: "bedrock" });
  },
  unwrap: unframeEvents,
  foreignErrors: ["messages"],
  requestIdHeader: "x-amzn-requestid",
};

/** People copy the address of either API. */
function rootOf(baseUrl: string): string {
  return baseUrl.replace(/\/openai(?:\/v1)?$/, "");
}

/** Ids of long-lived access keys begin with AKIA, of temporary ones with ASIA (IAM's reference, "Unique identifiers"). */
function isAccessKey(apiKey: string): boolean {
  return /^A(?:KI|SI)A[A-Z0-9]{12,}:\S+$/.test(apiKey);
}
