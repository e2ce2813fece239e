export { eventBatch, follow, followByReading, wholeAnswer } from "./answer.ts";
export type {
  Answer,
  AnswerListener,
  Batch,
  CacheTag,
  OutgoingCall,
  PricedTiers,
  RewriteRules,
  TextCutter,
  Upstream,
  WireBody,
} from "./answer.ts";
export type { BodyShape, ThinkingFields } from "./body-shape.ts";
export type { TurnChanges, TurnShape } from "./turn-shape.ts";
export type { Aside, AsideTarget, EncodedRequest, PreparedRequest, TranslatedRequest } from "./aside.ts";
export { missingProof, proofKey, refusalKey, type ClientProof, type ListPlace } from "./client-proof.ts";
export type { Extras } from "./extras.ts";
export { factsOf, type AnswerEvent, type Facts } from "./facts.ts";
export { Attempt, hopsHeader, type AnswerRoom } from "./attempt.ts";
export { SaidSoFar } from "./said-so-far.ts";
export type * from "./chat.ts";
export type * from "./completion.ts";
export type * from "./embedding.ts";
export { Dropped, findDropped, type Carrier, type Lack } from "./dropped.ts";
export { plainChat } from "./plain-chat.ts";
export { estimateTokens } from "./estimate-tokens.ts";
export { commonPlaces, fieldName, placesOf, toolPlace, type FieldPlaces, type NamedPlaces } from "./field-places.ts";
export { isObject, isRawJson, type JsonObject } from "./json-object.ts";
export {
  textOfTurn,
  givenId,
  turnKey,
  type KeptPiece,
  type KeptTurn,
  type MuteTurn,
  type TurnMemory,
  type TurnsByKey,
} from "./kept-turn.ts";
export { listNotCarried } from "./list-not-carried.ts";
export { isMedia } from "./media.ts";
export type { NeutralRequest, TextRequest } from "./neutral-request.ts";
export {
  allPassedOperations,
  allTextOperations,
  isDecoded,
  isFree,
  isOperation,
  isPassed,
  isTextOperation,
  testOperation,
  type DecodedOperation,
  type Operation,
  type PassedOperation,
  type RecordedOperation,
  type TextOperation,
} from "./operation.ts";
export type { Pieces } from "./pieces.ts";
export { kindNotCarried, notCarried, type Refusals } from "./refuse.ts";
export type * from "./rerank.ts";
export type * from "./text-request.ts";
export { createTurnMarks, type TurnMarks } from "./turn-marks.ts";
export { countedTools, noUsage, type CountedTool, type Usage, type UsageParts } from "./usage.ts";
