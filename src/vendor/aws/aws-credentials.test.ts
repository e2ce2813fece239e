import { afterEach, expect, test } from "bun:test";
import { createAwsCredentials } from "./aws-credentials.ts";

const now = () => new Date("2026-11-26T12:34:56Z");
const variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;
const before = variables.map((name) => [name, process.env[name]] as const);

afterEach(() => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const runtime = (region: string, path: string) => `https://bedrock-runtime.${region}.amazonaws.com${path}`;

/** Signatures that botocore 1.44 made of the same requests. */
const known = [
  {
    accessKey: `AKIAIOSFODNN7EXAMPLE:${secret}`,
    region: "us-east-1",
    url: runtime("us-east-1", "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke"),
    body: '{"a":1}',
    signature: "a05a683e6eb0d5b3dd380e2851b5d74160f795b431cd1d6738765762cc284ccf",
  },
  {
    accessKey: `ASIAIOSFODNN7EXAMPLE:${secret}:session/token+==`,
    region: "eu-west-1",
    url: runtime(
      "eu-west-1",
      "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fx/invoke-with-response-stream",
    ),
    body: '{"text":"سلام"}',
    signature: "81f2f98f7b5bd7b51f15c269a2c895541a85fcd78a7653f49c2a98eee369c96b",
  },
  {
    accessKey: `AKIAIOSFODNN7EXAMPLE:${secret}`,
    region: "us-west-2",
    url: runtime("us-west-2", "/openai/v1/chat/completions"),
    body: "{}",
    signature: "b73e7d01ee2a83199c59bcf7332bea319221e3033b5e8eb2fa8b6dec063ad711",
  },
];

test.each(known)("signs as AWS's own library does: $url", async ({ accessKey, region, url, body, signature }) => {
  const credentials = createAwsCredentials({ accessKey, region, service: "bedrock", now });
  // In two pieces, as large bodies come.
  const bytes = Buffer.from(body);
  const headers = await credentials.headersFor({
    url: new URL(url),
    body: [bytes.subarray(0, 1), bytes.subarray(1)],
  });
  expect(headers["authorization"]).toEndWith(`Signature=${signature}`);
  expect(headers["authorization"]).not.toContain(secret);
  expect(headers["host"]).toBeUndefined();
  expect(headers["x-amz-security-token"]).toBe(accessKey.split(":")[2]);
});

test("without a key the machine's own credentials sign, and are looked up anew after a refusal", async () => {
  process.env["AWS_ACCESS_KEY_ID"] = "AKIAFIRST";
  process.env["AWS_SECRET_ACCESS_KEY"] = secret;
  delete process.env["AWS_SESSION_TOKEN"];
  const credentials = createAwsCredentials({ accessKey: undefined, region: "us-east-1", service: "bedrock", now });
  const call = { url: new URL(runtime("us-east-1", "/model/m/invoke")), body: [Buffer.from("{}")] };
  const signer = async () => /Credential=(\w+)/.exec((await credentials.headersFor(call))["authorization"] ?? "")?.[1];
  expect(await signer()).toBe("AKIAFIRST");
  process.env["AWS_ACCESS_KEY_ID"] = "AKIASECOND";
  expect(await signer()).toBe("AKIAFIRST");
  credentials.forget();
  expect(await signer()).toBe("AKIASECOND");
});
