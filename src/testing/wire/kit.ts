import type { Asked } from "./asked.ts";
import type { Json } from "./json.ts";
import type { Got, Said } from "./said.ts";

// A kit knows one wire format from its vendor's documents, SDK types and recorded answers, and shares no code with Sahab's
// own dialects: what both get wrong in the same way would be seen by nobody.

export interface Kit {
  /** The dialect's name. */
  name: string;
  /** What cloud.yaml calls it. */
  api: string;
  /** What stands between the parts of a user's text, where a message has one text for all. */
  betweenTexts?: string;
  client: ClientKit;
  vendor: VendorKit;
}

/** A client program with the vendor's own SDK. */
export interface ClientKit {
  request(asked: Asked, key: string): ClientRequest;
  /** Reads an answer's body; throws Broken where the SDK, or a program that uses it, would stumble. */
  readWhole(body: Json): Reading;
  readStream(text: string): Reading;
  readError(body: Json): NonNullable<Got["error"]>;
  /** What a client of this dialect has no words for. */
  cannotSay?: readonly Wordless[];
}

/** A feature's name. */
export type Wordless = "stop text" | "any tool";

export interface ClientRequest {
  path: string;
  headers: Record<string, string>;
  body: Json;
}

export type Reading = Pick<Got, "said" | "error" | "isWhole" | "native" | "cost">;

/** A vendor's server. */
export interface VendorKit {
  /** What the names of its models begin with, where they say what a model can do. */
  modelPrefix?: string;
  /** What its requests have no words for. */
  cannotBeAsked?: readonly Wordless[];
  /** Which model a request is for; undefined for a path that the vendor does not have. */
  route(request: VendorRequest): { model: string; stream: boolean } | undefined;
  /** Throws Broken for what the vendor refuses with 400. */
  read(request: VendorRequest, script: Script): Asked;
  whole(said: Said, proofs: Proofs, request: VendorRequest): Json;
  /** The texts of the stream's events, framing included. */
  stream(said: Said, request: VendorRequest, proofs: Proofs): string[];
  error(status: number, message: string): Json;
  /** Its errors have a shape that clients of the format do not know, so that they never pass as they are. */
  hasForeignErrors?: boolean;
  /** How the text of a stream is framed; server-sent events by default. */
  frame?(text: string): { bytes: Uint8Array; contentType: string };
}

export interface VendorRequest {
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: Json;
  /** The body as it came. */
  text: string;
}

/** How a vendor answers a model's requests. */
export interface Script {
  /** By the number of results of tools in the request, so that a second turn has an answer of its own; the last one for more. */
  answers: Said[];
  /** The model thinks, and its vendor demands back what it thought before it called a tool. */
  thinks?: boolean;
  /** In place of an answer. */
  error?: { status: number; message: string };
  /** The connection ends in the middle of a stream: between two events, or within one. */
  cut?: "between" | "within";
  proofs: Proofs;
  /** What a client sends in the vendor's own dialect may be newer than what the kit knows: it is taken without a look. */
  takesAnything?: true;
}

/** Proofs of reasoning that a vendor made, and so knows. */
export class Proofs {
  readonly #texts = new Map<string, string>();

  make(text: string): string {
    const proof = Buffer.from(`proof ${this.#texts.size} of ${Bun.hash(text)}`).toString("base64");
    this.#texts.set(proof, text);
    return proof;
  }

  /** Takes over a proof of an earlier time. */
  learn(proof: string, text: string): void {
    this.#texts.set(proof, text);
  }

  /** What it was made for; undefined for a proof of someone else's. */
  textOf(proof: string): string | undefined {
    return this.#texts.get(proof);
  }
}
