export { ActingRequest } from "./acting-request.ts";
export { Admission } from "./admission.ts";
export { Alerts } from "./alerts/alerts.ts";
export { answerOptions, answerPreflight, openToOrigins } from "./cross-origin.ts";
export { createGateway, type Gateway } from "./gateway.ts";
export { cleanFiles, FileShelf } from "./files/file-shelf.ts";
export { InFlight, type InFlightOptions } from "./in-flight.ts";
export { KeptReasoning } from "./kept-reasoning.ts";
export { createGatewayMetrics, type GatewayMetrics } from "./metrics.ts";
export { ContentLog } from "./content-log/index.ts";
export { RequestLog } from "./request-log.ts";
export { answerError } from "./respond.ts";
export { createProviderTest, type TestDeps, type Tester, type TestWish } from "./test-provider.ts";
export { failUnfinished, StoredAnswers } from "./stored-answers.ts";
export { batchResults, type LineResult } from "./vendor-batch-results.ts";
export {
  lookAtBatch,
  submitBatch,
  type BatchLine,
  type BatchPart,
  type VendorBatchDeps,
  type VendorJob,
} from "./vendor-batch.ts";
