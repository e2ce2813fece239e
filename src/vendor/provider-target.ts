import { SahabError } from "../base/errors.ts";
import {
  estimateTokens,
  hopsHeader,
  isPassed,
  isTextOperation,
  missingProof,
  type ClientProof,
  wholeAnswer,
  type Answer,
  type Attempt,
  type BodyShape,
  type OutgoingCall,
  type RewriteRules,
  type Upstream,
  type WireBody,
} from "../call/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { isAboutProofs } from "../dialect/error-topic.ts";
import { readServiceTier } from "../dialect/usage-kinds.ts";
import { beginTranslation, type TranslationTarget } from "../dialect/translate.ts";
import { decompress, type HttpAnswer } from "../transport/index.ts";
import { authorizeCall } from "./authorize-call.ts";
import { fitRules } from "./fit-rules.ts";
import { foreignAtHand, foreignByRefusal, noteRefusal } from "./foreign-proofs.ts";
import { findTurns, hasCacheMarkers, toWire, translateAside, withImages, type Outgoing } from "./outgoing.ts";
import { ProviderAnswer } from "./provider-answer.ts";
import { describeFailure, isSuccess, missingSecret, readProviderError } from "./provider-error.ts";
import type { Endpoint, Provider } from "./provider.ts";
import type { VendorBatch } from "./vendor.ts";

/** "max_output_tokens" in OpenAI's reference of Responses. */
const answerTokensMin: Readonly<Record<string, number>> = { responses: 16 };

/** What servers answer to a path that they do not have, or have for other models. */
const missingStatuses = new Set([404, 405, 501]);

/** The status says what matters of a failure: a body that does not come holds up nobody. */
const errorBodyMsMax = 2_000;

interface TargetOptions {
  /** Pins one of the provider's wire formats. */
  api?: string | undefined;
  /** Projects that are told nothing of what came from its cache. */
  isolated?: ReadonlySet<string>;
  /** They have prices of their own, so that callers may ask for them. */
  serviceTiers?: ReadonlySet<string>;
  /** See `AsideTarget.answerTokens`. */
  answerTokens?: number | undefined;
}

/** A model at a provider. */
export class ProviderTarget implements Upstream {
  readonly #provider: Provider;
  readonly #model: string;
  readonly #api: string | undefined;
  readonly #isolated: ReadonlySet<string>;
  readonly #serviceTiers: ReadonlySet<string>;
  readonly #answerTokens: number | undefined;
  readonly #endpoints = new Map<Dialect, Map<string, Endpoint | undefined>>();

  constructor(
    provider: Provider,
    model: string,
    { api, isolated = new Set(), serviceTiers = new Set(), answerTokens }: TargetOptions = {},
  ) {
    this.#provider = provider;
    this.#model = model;
    this.#api = api;
    this.#isolated = isolated;
    this.#serviceTiers = serviceTiers;
    this.#answerTokens = answerTokens;
  }

  /** The least bound of an answer that the wire format takes in which a client of a dialect is served. */
  answerTokensMin(clientDialect: string): number {
    const { api } = this.#provider.dialectFor(clientDialect, this.#api, this.#model);
    return answerTokensMin[api] ?? 1;
  }

  open(call: OutgoingCall, attempt: Attempt): Promise<Answer> {
    return this.#open(call, attempt, firstTry);
  }

  async #open(call: OutgoingCall, attempt: Attempt, tried: Tried): Promise<Answer> {
    const provider = this.#provider;
    if (provider.lacksSecret) return this.#openWithNewSecrets(call, attempt, tried, missingSecret(provider));
    if (provider.addressFault !== undefined)
      throw new SahabError("upstream_unreachable", `Provider ${provider.name}: ${provider.addressFault}`);
    const dialect = provider.dialectFor(call.dialect, this.#api, this.#model);
    const plain = this.#endpointFor(dialect, call, undefined);
    if (!plain) return withoutEndpoint(provider, dialect, call);
    const isOwn = dialect.name === call.dialect;
    const conversation = provider.conversationOf(dialect.api, attempt.tenant.project, call.conversation);
    const shape = conversation?.shape ? { ...plain.shape, ...conversation.shape } : plain.shape;
    const making = this.#make(dialect, call, this.#rulesFor(dialect, attempt), { shape, attempt, tried });
    const body: Outgoing = making instanceof Promise ? await making : making;
    const endpoint = this.#endpointFor(dialect, call, body.variant);
    if (!endpoint) {
      body.release?.();
      return withoutEndpoint(provider, dialect, call);
    }
    const isReadByMarkers = this.#isReadByMarkers(dialect, body);
    if (body.dropped) attempt.noteDropped(body.dropped);
    if (provider.hidesCache || this.#isolated.has(attempt.tenant.project)) attempt.hideCache();
    let answer: HttpAnswer;
    let endsWithConnection: boolean;
    try {
      answer = await this.#send(endpoint, withHeaders(body, conversation?.headers), call, attempt);
      endsWithConnection = isPassed(call.operation) && endsWithItsConnection(answer);
      if (isSuccess(answer)) answer = openAnswer(answer, provider);
    } catch (cause) {
      attempt.throwIfCancelled();
      throw describeFailure(provider, cause);
    } finally {
      body.release?.();
    }
    attempt.noteVendorRequestId(readRequestId(answer, provider));
    if (!isSuccess(answer)) {
      attempt.allow(Math.min(provider.timeouts.idleMs, errorBodyMsMax));
      const error = await readProviderError(provider, dialect, answer, isOwn);
      if (call.operation === "token-count" && lacksOperation(answer.status, error)) return estimatedCount(call);
      // A target that lacks one operation is well, and serves others.
      if (isPassed(call.operation) && missingStatuses.has(answer.status))
        return withoutEndpoint(provider, dialect, call);
      if (tried.renewalsLeft > 0 && refusesCredentials(answer.status, provider))
        return this.#openWithNewSecrets(call, attempt, tried, error);
      const mayBeMended = !tried.refused && isOverProofs(answer.status, error);
      const refused = mayBeMended ? await this.#findRefused(call, body, attempt) : undefined;
      if (!refused) throw error;
      attempt.throwIfCancelled();
      return this.#open(call, attempt, { ...tried, refused });
    }
    attempt.noteServedTier(readServedTier(answer, provider));
    if (tried.refused) noteRefusal(tried.refused, attempt, provider.proofIssuer);
    const context = {
      provider,
      dialect,
      model: this.#model,
      variant: body.variant,
      mark: body.mark,
      clientNames: body.clientNames,
      isOfMixedTurns: body.isWithout ?? false,
      isReadByMarkers,
      endsWithConnection,
      call,
      attempt,
      isOwn,
    };
    return ProviderAnswer.open(context, answer);
  }

  /** The proofs to leave out of a request that was refused for them; undefined where it has none. */
  async #findRefused(
    call: OutgoingCall,
    body: Outgoing,
    attempt: Attempt,
  ): Promise<readonly ClientProof[] | undefined> {
    // Those of a request that was translated are what was put back.
    if (!call.proofs || body.putsBack !== undefined) return body.putsBack ? [] : undefined;
    const proofs = await this.#placeProofs(call, attempt);
    return proofs.length === 0 ? undefined : foreignByRefusal(proofs, attempt, this.#provider.proofIssuer);
  }

  #placeProofs(call: OutgoingCall, attempt: Attempt): readonly ClientProof[] | Promise<readonly ClientProof[]> {
    return call.aside ? call.aside.proofs(this.#model, attempt) : (call.proofs?.(this.#model) ?? []);
  }

  get provider(): Provider {
    return this.#provider;
  }

  get model(): string {
    return this.#model;
  }

  /** Whether clients' batches go to the vendor, where it has batches. */
  get givesBatches(): boolean {
    return this.#provider.givesBatches;
  }

  /** Undefined where the vendor takes no batches of such calls for this model. `api` is the wire format that a batch has already. */
  batchingOf(
    { operation, dialect }: Pick<OutgoingCall, "operation" | "dialect">,
    api = this.#api,
  ): Batching | undefined {
    const form = this.#provider.vendor.batch;
    // The format of a single call is the first choice; others are for targets that do not pin one.
    const choices = form ? [api, ...(api === undefined ? Object.keys(form.paths) : [])] : [];
    for (const choice of choices) {
      const spoken = this.#provider.dialectFor(dialect, choice, this.#model);
      const path = form?.paths[spoken.api]?.[operation];
      if (form && path !== undefined && spoken.api === (choice ?? spoken.api)) return { form, dialect: spoken, path };
    }
    return undefined;
  }

  /**
   * A call as a line of the vendor's batches has it, made as `open` makes it. What a client asks of the service's tier is dropped,
   * since a batch has its own price.
   */
  async prepare(call: OutgoingCall, attempt: Attempt, { dialect }: Batching): Promise<PreparedCall> {
    const plain = this.#endpointFor(dialect, call, undefined);
    const shape = plain?.shape && withoutStream(plain.shape);
    const rules = this.#provider.rulesFor(dialect, attempt.tenant.project);
    const sent = await this.#make(dialect, call, rules, { shape, attempt, tried: firstTry });
    if (sent.dropped) attempt.noteDropped(sent.dropped);
    if (this.#provider.hidesCache || this.#isolated.has(attempt.tenant.project)) attempt.hideCache();
    return { dialect, sent };
  }

  /** Reads the answer to a call of a batch. Rejects with what it failed with, as `open` does. */
  async read(
    { dialect, sent }: PreparedCall,
    call: OutgoingCall,
    attempt: Attempt,
    answer: HttpAnswer,
  ): Promise<Answer> {
    const provider = this.#provider;
    const isOwn = dialect.name === call.dialect;
    if (!isSuccess(answer)) throw await readProviderError(provider, dialect, answer, isOwn);
    const { variant, mark, clientNames } = sent;
    const isReadByMarkers = this.#isReadByMarkers(dialect, sent);
    const how = { variant, mark, clientNames, isOfMixedTurns: false, isReadByMarkers, endsWithConnection: false };
    return ProviderAnswer.open({ provider, dialect, model: this.#model, ...how, call, attempt, isOwn }, answer);
  }

  #isReadByMarkers({ api }: Dialect, body: WireBody): boolean {
    return this.#provider.quirks.readsByMarkers === api && hasCacheMarkers(body);
  }

  #make(
    dialect: Dialect,
    call: OutgoingCall,
    general: RewriteRules,
    { shape, attempt, tried }: Making,
  ): Outgoing | Promise<Outgoing> {
    const rules = shape ? { ...general, shape } : general;
    return dialect.name === call.dialect
      ? this.#rewrite(dialect, call, rules, attempt, tried.refused)
      : this.#translate(dialect, call, rules, attempt, tried.refused === undefined);
  }

  #rulesFor(dialect: Dialect, attempt: Attempt): RewriteRules {
    const rules = this.#provider.rulesFor(dialect, attempt.tenant.project);
    const tiers = this.#serviceTiers;
    if (tiers.size === 0) return rules;
    const ask = (tier: string) => attempt.askServiceTier(tier);
    return { ...rules, serviceTiers: { has: (tier) => tiers.has(tier), ask } };
  }

  /** A key that was replaced at the vendor and here costs no request: the call is made once more, with the new one. */
  async #openWithNewSecrets(call: OutgoingCall, attempt: Attempt, tried: Tried, failure: SahabError): Promise<Answer> {
    const { credentials } = this.#provider;
    credentials?.forget();
    const renewed = credentials ? this.#provider : await this.#provider.renewSecrets();
    attempt.throwIfCancelled();
    if (!renewed) throw failure;
    const target = new ProviderTarget(renewed, this.#model, {
      api: this.#api,
      isolated: this.#isolated,
      serviceTiers: this.#serviceTiers,
      answerTokens: this.#answerTokens,
    });
    // Tokens are fetched anew once; a key in a file is another one each time.
    const renewalsLeft = credentials ? 0 : tried.renewalsLeft - 1;
    return target.#open(call, attempt, { ...tried, renewalsLeft });
  }

  #endpointFor(dialect: Dialect, call: OutgoingCall, variant: string | undefined): Endpoint | undefined {
    let known = this.#endpoints.get(dialect);
    if (!known) this.#endpoints.set(dialect, (known = new Map()));
    const { operation, stream } = call;
    const plain = stream ? `${operation} stream` : operation;
    const key = variant === undefined ? plain : `${plain} ${variant}`;
    if (!known.has(key))
      known.set(key, this.#provider.endpoint(dialect, operation, { model: this.#model, stream, variant }));
    return known.get(key);
  }

  /** At once, but where reasoning has to be looked up, and a large request has others' proofs or turns to be changed. */
  #rewrite(
    dialect: Dialect,
    call: OutgoingCall,
    rules: RewriteRules,
    attempt: Attempt,
    refused: readonly ClientProof[] | undefined,
  ): Outgoing | Promise<Outgoing> {
    const without = refused ?? this.#foreignProofs(call, attempt);
    return without instanceof Promise
      ? without.then((found) => this.#rewriteWithout(dialect, call, rules, attempt, found))
      : this.#rewriteWithout(dialect, call, rules, attempt, without);
  }

  #foreignProofs(
    call: OutgoingCall,
    attempt: Attempt,
  ): readonly ClientProof[] | undefined | Promise<readonly ClientProof[]> {
    const foreign = foreignAtHand(call, attempt, this.#provider.proofIssuer);
    if (!foreign) return undefined;
    const pick = (proofs: readonly ClientProof[]) =>
      proofs.filter(({ key }) => foreign.has(key) || key === missingProof);
    const proofs = this.#placeProofs(call, attempt);
    return proofs instanceof Promise ? proofs.then(pick) : pick(proofs);
  }

  #rewriteWithout(
    dialect: Dialect,
    call: OutgoingCall,
    rules: RewriteRules,
    attempt: Attempt,
    without: readonly ClientProof[] | undefined,
  ): Outgoing | Promise<Outgoing> {
    const { quirks } = this.#provider.vendor;
    const takesSystemTurns = () => dialect.takesSystemTurns?.(this.#model, quirks ?? {}) ?? false;
    const fitting = fitRules(without ? { ...rules, without } : rules, { quirks, takesSystemTurns }, call, attempt);
    const make = (fit: RewriteRules): Outgoing => {
      const body = call.rewrite(this.#model, fit);
      return without ? { ...body, isWithout: true } : body;
    };
    return fitting instanceof Promise ? fitting.then(make) : make(fitting);
  }

  /** At once, but for a large request, and where reasoning has to be looked up or images have to be fetched. */
  #translate(
    dialect: Dialect,
    call: OutgoingCall,
    { tag, shape }: RewriteRules,
    attempt: Attempt,
    mayPutBack: boolean,
  ): Outgoing | Promise<Outgoing> {
    const { images } = this.#provider;
    const target: TranslationTarget = {
      model: this.#model,
      quirks: this.#provider.quirks,
      answerTokens: this.#answerTokens,
      issuer: this.#provider.proofIssuer,
      field: tag && { name: tag.field, json: tag.json() },
      shape,
      fetchesImages: images !== undefined,
    };
    if (call.aside) return translateAside(call.aside, dialect.name, target, { attempt, images, mayPutBack });
    const { muteTurns, imageAddresses, end } = beginTranslation(dialect, call, target);
    const finding = mayPutBack ? findTurns(muteTurns, attempt) : undefined;
    if (images && imageAddresses.length > 0)
      return withImages(images.fetch(imageAddresses, attempt), async ({ dataUrls }) => {
        const turns = await finding;
        return { translated: end(turns, dataUrls), turns };
      });
    return finding instanceof Promise
      ? finding.then((turns) => toWire(end(turns), turns))
      : toWire(end(finding), finding);
  }

  #send(endpoint: Endpoint, body: WireBody, call: OutgoingCall, attempt: Attempt): Promise<HttpAnswer> {
    const headers = headersOf(endpoint, body, attempt);
    if (!this.#provider.credentials) return this.#sendWith(headers, endpoint, body, call, attempt);
    return authorizeCall(this.#provider, { url: endpoint.url, body: body.pieces }, attempt).then((more) =>
      this.#sendWith({ ...headers, ...more }, endpoint, body, call, attempt),
    );
  }

  #sendWith(
    headers: Readonly<Record<string, string>>,
    endpoint: Endpoint,
    body: WireBody,
    call: OutgoingCall,
    attempt: Attempt,
  ): Promise<HttpAnswer> {
    const { timeouts } = this.#provider;
    const { pool } = endpoint;
    const head = headers === endpoint.headers ? endpoint.head : pool.requestHead(endpoint.url, headers);
    let bytes = 0;
    for (const piece of body.pieces) bytes += piece.length;
    return pool.send(`${head}content-length: ${bytes}\r\n\r\n`, body.pieces, {
      attempt,
      connectMs: timeouts.connectMs,
      answerMs: call.stream ? this.#provider.firstTextMs(this.#model, attempt.hasAlternative) : timeouts.wholeMs,
    });
  }
}

/** How the vendor takes calls in batches. */
export interface Batching {
  form: VendorBatch;
  /** That of the lines. */
  dialect: Dialect;
  /** What each line, and the batch, name as their endpoint. */
  path: string;
}

/** A call of a batch: what is sent, and how its answer is to be read. */
export interface PreparedCall {
  dialect: Dialect;
  sent: Outgoing;
}

interface Making {
  shape: BodyShape | undefined;
  attempt: Attempt;
  tried: Tried;
}

/** Answers of a batch are whole, also those of models that otherwise answer as a stream only. */
function withoutStream({ with: fields = {}, ...rest }: BodyShape): BodyShape {
  const { stream: _stream, stream_options: _options, ...others } = fields;
  return { ...rest, with: others };
}

/** What has been tried of a call. */
interface Tried {
  /** How often a key that is refused may be read anew: it may be replaced again while the call with the new one is on its way. */
  renewalsLeft: number;
  /** What it goes without, since it was refused for its proofs. */
  refused?: readonly ClientProof[];
}

const firstTry: Tried = { renewalsLeft: 3 };

/** Whether a request was refused for the proofs in it. */
function isOverProofs(status: number, { code, vendorCode = "", message }: SahabError): boolean {
  return status === 400 && code === "upstream_rejected" && isAboutProofs({ code: vendorCode, message });
}

/** AWS answers 403 for a token that has ended, and for a signature that does not fit. */
function refusesCredentials(status: number, { credentials }: Provider): boolean {
  return status === 401 || (status === 403 && credentials !== undefined);
}

/** The body as the dialect reads it: without content coding, in the format's own framing. */
function openAnswer(answer: HttpAnswer, { vendor }: Provider): HttpAnswer {
  const plain = decompress(answer);
  return vendor.unwrap ? vendor.unwrap(plain) : plain;
}

/** Nothing but the connection's end says where the body ends. */
function endsWithItsConnection(answer: HttpAnswer): boolean {
  return answer.header("content-length") === null && answer.header("transfer-encoding") === null;
}

/** What can be done for an operation that the vendor does not offer. */
function withoutEndpoint(provider: Provider, dialect: Dialect, call: OutgoingCall): Answer {
  const { operation } = call;
  if (operation === "token-count") return estimatedCount(call);
  if (isTextOperation(operation))
    throw new SahabError(
      "unsupported_operation",
      `Local models alone have the operation "${operation}"; this one is at provider ${provider.name}`,
    );
  const where = isPassed(operation) ? "for this model" : `in its ${dialect.api} API`;
  throw new SahabError("unsupported_operation", `Provider ${provider.name} has no operation "${operation}" ${where}`);
}

/** Whether a vendor has refused a call since it has no such path. */
function lacksOperation(status: number, { code }: SahabError): boolean {
  return status === 405 || status === 501 || (status === 404 && code === "upstream_model_not_found");
}

/** Clients ask for a count to plan with; an estimate serves them better than a refusal. */
function estimatedCount(call: OutgoingCall): Answer {
  return wholeAnswer([{ type: "token-count", inputTokens: estimateTokens(call.promptBytes) }]);
}

function withHeaders(body: WireBody, headers: WireBody["headers"]): WireBody {
  return headers ? { ...body, headers: { ...body.headers, ...headers } } : body;
}

/** The endpoint's own headers; a copy only where the client or an earlier Sahab adds some. */
function headersOf(endpoint: Endpoint, body: WireBody, { hops }: Attempt): Readonly<Record<string, string>> {
  if (hops > 0) return mergeHeaders(endpoint.headers, { ...body.headers, [hopsHeader]: String(hops + 1) });
  return body.headers ? mergeHeaders(endpoint.headers, body.headers) : endpoint.headers;
}

/** Lists, of which the provider's and the client's values both count. */
const listHeaders = new Set(["anthropic-beta"]);

/** The client's headers of the dialect take the place of the provider's. */
function mergeHeaders(
  own: Readonly<Record<string, string>>,
  client: Readonly<Record<string, string>>,
): Record<string, string> {
  const merged = { ...own, ...client };
  for (const name of listHeaders)
    if (own[name] !== undefined && client[name] !== undefined) merged[name] = `${own[name]},${client[name]}`;
  return merged;
}

/** An id goes into a header and a record, so it must look like one. */
function readRequestId(answer: HttpAnswer, { vendor, secrets }: Provider): string | null {
  const id = answer.header(vendor.requestIdHeader ?? "x-request-id");
  return id !== null && /^[\x21-\x7e]{1,128}$/.test(id) && secrets.mask(id) === id ? id : null;
}

function readServedTier(answer: HttpAnswer, { vendor: { serviceTierHeader } }: Provider): string | undefined {
  return serviceTierHeader === undefined ? undefined : readServiceTier(answer.header(serviceTierHeader)).serviceTier;
}
