import type { Target } from "../target.ts";
import { answers } from "./answers.ts";
import { codings } from "./codings.ts";
import { configuration } from "./configuration.ts";
import { eventStream } from "./event-stream.ts";
import { forms } from "./forms.ts";
import { gguf } from "./gguf.ts";
import { grammar } from "./grammar.ts";
import { http } from "./http.ts";
import { jsonScan } from "./json-scan.ts";
import { keptAnswers } from "./kept-answers.ts";
import { paths } from "./paths.ts";
import { requests } from "./requests.ts";
import { templates } from "./templates.ts";
import { vendorHttp } from "./vendor-http.ts";

export const targets: readonly Target[] = [
  jsonScan,
  requests,
  forms,
  paths,
  keptAnswers,
  eventStream,
  ...answers,
  http,
  vendorHttp,
  codings,
  configuration,
  grammar,
  templates,
  gguf,
];
