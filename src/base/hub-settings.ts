import { showText } from "./printable.ts";

/** Where a hub of models is asked, and with which token. */
export interface HubSettings {
  /** Without a slash at its end. Its host may be in a private network, since the machine's owner has named it. */
  endpoint: string;
  token: string | undefined;
  /** What is wrong with the variables, for the pull that needs them; endpoint and token are then the usual ones. */
  fault?: string;
}

/** The hubs whose models have names here. */
export interface Hubs {
  huggingFace: HubSettings;
  modelScope: HubSettings;
}

const huggingFaceEndpoint = "https://huggingface.co";
const modelScopeEndpoint = "https://www.modelscope.cn";

/**
 * From the variables that the hubs' own programs read. They may be set for those alone, so a wrong value ends no command: it is the
 * hub's `fault`, which names the variable, and never a token, a password or a query.
 */
export function parseHubs(read: (name: string) => string | undefined): Hubs {
  return {
    huggingFace: parseHub(read, {
      endpoint: ["HF_ENDPOINT", huggingFaceEndpoint],
      // The older name comes first: HF_TOKEN is a vendor's key, too, and makes that vendor's models callable.
      tokens: ["HUGGING_FACE_HUB_TOKEN", "HF_TOKEN"],
    }),
    modelScope: parseHub(read, {
      endpoint: ["MODELSCOPE_DOMAIN", modelScopeEndpoint],
      tokens: ["MODELSCOPE_API_TOKEN"],
    }),
  };
}

function parseHub(
  read: (name: string) => string | undefined,
  { endpoint: [name, usual], tokens }: { endpoint: [name: string, usual: string]; tokens: readonly string[] },
): HubSettings {
  try {
    const endpoint = parseEndpoint(name, read(name) ?? usual);
    const all = tokens.map((variable) => parseToken(variable, read(variable)));
    return { endpoint, token: all.find((token) => token !== undefined) };
  } catch (cause) {
    return { endpoint: usual, token: undefined, fault: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** An address, or a bare host, which is meant with https. */
function parseEndpoint(name: string, text: string): string {
  const address = text.includes("://") ? text : `https://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  const hasUser = text.includes("@");
  const isPlain = !hasUser && !/[?#]/.test(text);
  if (url && isWeb && isPlain) return url.href.replace(/\/+$/, "");
  // What has an @ may contain a password, and a query may hold a token.
  const shown = hasUser ? "is not an address" : `is ${showText(text.replace(/[?#].*$/s, ""))}`;
  const more = hasUser || isPlain ? "" : ", with a query or a fragment behind it";
  throw new Error(
    `${name} ${shown}${more}; a host or an http(s) address such as https://hub.example is allowed, without user and query`,
  );
}

function parseToken(name: string, text: string | undefined): string | undefined {
  if (text === undefined || /^[\x21-\x7e]{1,1024}$/.test(text)) return text;
  throw new Error(`${name} has characters that a header cannot carry; printable ASCII without spaces is allowed`);
}
