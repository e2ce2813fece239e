import { showText } from "./printable.ts";

/** Where a hub of models is asked, and with which token. */
export interface HubSettings {
  /** Without a slash at its end. Its host may be in a private network, since the machine's owner has named it. */
  endpoint: string;
  token: string | undefined;
}

/** The hubs whose models have names here. */
export interface Hubs {
  huggingFace: HubSettings;
  modelScope: HubSettings;
}

const huggingFaceEndpoint = "https://huggingface.co";
const modelScopeEndpoint = "https://www.modelscope.cn";

/** From the variables that the hubs' own programs read. Throws an Error that names the variable, and never what a token is. */
export function parseHubs(read: (name: string) => string | undefined): Hubs {
  const domain = read("MODELSCOPE_DOMAIN");
  return {
    huggingFace: {
      endpoint: parseEndpoint("HF_ENDPOINT", read("HF_ENDPOINT") ?? huggingFaceEndpoint),
      // The older name comes first: HF_TOKEN is a vendor's key, too, and makes that vendor's models callable.
      token:
        parseToken("HUGGING_FACE_HUB_TOKEN", read("HUGGING_FACE_HUB_TOKEN")) ??
        parseToken("HF_TOKEN", read("HF_TOKEN")),
    },
    modelScope: {
      endpoint: parseEndpoint(
        "MODELSCOPE_DOMAIN",
        domain === undefined ? modelScopeEndpoint : domain.includes("://") ? domain : `https://${domain}`,
      ),
      token: parseToken("MODELSCOPE_API_TOKEN", read("MODELSCOPE_API_TOKEN")),
    },
  };
}

function parseEndpoint(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (isPlain && (url.protocol === "https:" || url.protocol === "http:")) return url.href.replace(/\/+$/, "");
  // What has an @ may contain a password.
  const shown = text.includes("@") ? "is not an address" : `is ${showText(text)}`;
  throw new Error(
    `${name} ${shown}; an http(s) address such as https://hub.example is allowed, without user and query`,
  );
}

function parseToken(name: string, text: string | undefined): string | undefined {
  if (text === undefined || /^[\x21-\x7e]{1,1024}$/.test(text)) return text;
  throw new Error(`${name} has characters that a header cannot carry; printable ASCII without spaces is allowed`);
}
