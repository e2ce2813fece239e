import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { UsageRecord } from "../ledger/index.ts";

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Children of the metrics for one combination of labels, found once and then kept: looking them up by labels is the costly part. */
interface Series {
  requests: { inc(): void };
  duration: { observe(value: number): void };
  firstToken: { observe(value: number): void };
  tokens: Record<"input" | "cached_input" | "output" | "reasoning", { inc(value: number): void }>;
}

export interface GatewayMetrics {
  registry: Registry;
  observe(record: UsageRecord): void;
}

/** Metrics of the request path. Labels come from the configuration and a closed table, so their number is bounded. */
export function createGatewayMetrics(gauges: { requestsInFlight: () => number }): GatewayMetrics {
  const registry = new Registry();
  const labels = ["operation", "model", "provider"] as const;
  const registers = [registry];
  const requests = new Counter({
    name: "sahab_requests_total",
    help: "Requests by their outcome",
    labelNames: [...labels, "status", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "sahab_request_duration_seconds",
    help: "From a request's arrival to the end of its answer",
    labelNames: labels,
    buckets: seconds,
    registers,
  });
  const firstToken = new Histogram({
    name: "sahab_first_token_seconds",
    help: "From a request's arrival to its first token, streams only",
    labelNames: labels,
    buckets: seconds,
    registers,
  });
  const tokens = new Counter({
    name: "sahab_tokens_total",
    help: "Tokens by kind; cached_input is part of input, reasoning of output",
    labelNames: [...labels, "kind"],
    registers,
  });
  new Gauge({
    name: "sahab_requests_in_flight",
    help: "Requests under way",
    registers,
    collect() {
      this.set(gauges.requestsInFlight());
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });

  const series = new Map<string, Series>();
  return {
    registry,
    observe(record) {
      const key = `${record.operation}|${record.model}|${record.provider}|${record.status}|${record.outcome}`;
      let found = series.get(key);
      if (!found) {
        const { operation, model, provider, outcome } = record;
        const base = { operation, model, provider };
        found = {
          requests: requests.labels({ ...base, status: String(record.status), outcome }),
          duration: duration.labels(base),
          firstToken: firstToken.labels(base),
          tokens: {
            input: tokens.labels({ ...base, kind: "input" }),
            cached_input: tokens.labels({ ...base, kind: "cached_input" }),
            output: tokens.labels({ ...base, kind: "output" }),
            reasoning: tokens.labels({ ...base, kind: "reasoning" }),
          },
        };
        series.set(key, found);
      }
      found.requests.inc();
      found.duration.observe(record.latencyMs / 1000);
      if (record.firstTokenMs !== null) found.firstToken.observe(record.firstTokenMs / 1000);
      if (record.inputTokens > 0) found.tokens.input.inc(record.inputTokens);
      if (record.cachedInputTokens > 0) found.tokens.cached_input.inc(record.cachedInputTokens);
      if (record.outputTokens > 0) found.tokens.output.inc(record.outputTokens);
      if (record.reasoningTokens > 0) found.tokens.reasoning.inc(record.reasoningTokens);
    },
  };
}
