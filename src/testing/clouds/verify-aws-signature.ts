import { createHash, createHmac } from "node:crypto";
import { must } from "../wire/json.ts";
import type { VendorRequest } from "../wire/kit.ts";

/**
 * Checks a signature as AWS does, written from its documentation ("Create a signed AWS API request") and without the library that
 * signs: throws Broken for any that does not fit the request.
 */
export function verifyAwsSignature({ path, headers, text }: VendorRequest, secretAccessKey: string, service: string) {
  const given = headers.get("authorization") ?? "";
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      given,
    );
  must(found, `authorization: ${given.slice(0, 200)}`);
  const [, accessKeyId = "", day = "", region = "", named = "", signedHeaders = "", signature] = found;
  must(named === service, `signed for ${named}`);
  const bodyHash = sha256(text);
  must(headers.get("x-amz-content-sha256") === bodyHash, "the body is another than was signed");
  const names = signedHeaders.split(";");
  must(names.includes("host") && names.includes("x-amz-date"), `signed headers: ${signedHeaders}`);
  const time = headers.get("x-amz-date") ?? "";
  const canonical = [
    "POST",
    path.split("/").map(encode).join("/"),
    "",
    ...names.map((name) => `${name}:${headers.get(name)?.trim() ?? ""}`),
    "",
    signedHeaders,
    bodyHash,
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  must(hmac(key, toSign).toString("hex") === signature, `signature of\n${canonical}`);
  return { accessKeyId, region };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** A part of a path that is encoded already is encoded once more. */
function encode(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
