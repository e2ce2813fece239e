interface MetricDefinition {
  type: "counter" | "gauge" | "histogram";
  help: string;
  labels?: readonly string[];
  /** What processes and machines make of their numbers together, where that is not their sum. */
  merge?: "max" | "min";
}

const request = ["operation", "model", "provider", "status", "outcome"] as const;
const key = ["key", "name", "project"] as const;
const budget = ["account", "period", "currency"] as const;

const table = {
  sahab_build_info: {
    type: "gauge",
    help: "Always 1; what runs: its version, the commit of a checkout, and the version of Bun",
    labels: ["version", "commit", "bun"],
    merge: "max",
  },
  sahab_workers: { type: "gauge", help: "Processes that serve and answered this scrape" },

  sahab_requests_total: { type: "counter", help: "Requests by their outcome", labels: request },
  sahab_tokens_total: {
    type: "counter",
    help: "Tokens by kind; cached_input is part of input, reasoning of output",
    labels: [...request, "kind"],
  },
  sahab_cost_total: { type: "counter", help: "What is charged, by currency", labels: [...request, "currency"] },
  sahab_vendor_stated_cost_total: {
    type: "counter",
    help: "What vendors state as their own bill, by currency",
    labels: [...request, "currency"],
  },
  sahab_vendor_reckoned_cost_total: {
    type: "counter",
    help: "What the requests for which vendors state a bill cost by the price book, by currency",
    labels: [...request, "currency"],
  },
  sahab_request_duration_seconds: {
    type: "histogram",
    help: "From a request's arrival to the end of its answer",
    labels: request,
  },
  sahab_first_token_seconds: {
    type: "histogram",
    help: "From a request's arrival to its first token, streams only",
    labels: request,
  },
  sahab_attempts_total: {
    type: "counter",
    help: "Attempts at targets, those that another one made good included; provider is `local` for models of this machine",
    labels: ["provider", "outcome"],
  },
  sahab_requests_in_flight: { type: "gauge", help: "Requests under way" },
  sahab_refusals_total: {
    type: "counter",
    help: "Connections and requests turned away at the door, by reason",
    labels: ["reason"],
  },
  sahab_answers_not_kept_total: {
    type: "counter",
    help: "Answers that a request asked to keep and that could not be kept, by reason",
    labels: ["code"],
  },
  sahab_replicas_resting: {
    type: "gauge",
    help: "Models at a provider that rest after a failure, as the process that sees most of them sees it",
    labels: ["provider"],
    merge: "max",
  },

  sahab_project_requests_total: { type: "counter", help: "Requests by project", labels: ["project"] },
  sahab_project_tokens_total: { type: "counter", help: "Tokens by project and kind", labels: ["project", "kind"] },
  sahab_project_cost_total: {
    type: "counter",
    help: "What is charged, by project and currency",
    labels: ["project", "currency"],
  },
  sahab_key_requests_total: { type: "counter", help: "Requests by key; key is its id", labels: key },
  sahab_key_tokens_total: { type: "counter", help: "Tokens by key and kind", labels: [...key, "kind"] },
  sahab_key_cost_total: {
    type: "counter",
    help: "What is charged, by key and currency",
    labels: [...key, "currency"],
  },
  sahab_budget_limit: {
    type: "gauge",
    help: "Hard budgets of projects and organisations in their present window; period `prepaid` is what was paid in",
    labels: budget,
    merge: "max",
  },
  sahab_budget_left: {
    type: "gauge",
    help: "What is left of them, less what requests under way hold",
    labels: budget,
    merge: "min",
  },

  sahab_engine_models: {
    type: "gauge",
    help: "Local models by the state of their engine",
    labels: ["state"],
  },
  sahab_engine_slots: { type: "gauge", help: "Answers that a local model runs at the same time", labels: ["model"] },
  sahab_engine_slots_busy: { type: "gauge", help: "Slots with an answer under way", labels: ["model"] },
  sahab_engine_queue_requests: { type: "gauge", help: "Requests that wait for a slot", labels: ["model"] },
  sahab_engine_generated_tokens_total: {
    type: "counter",
    help: "Tokens that a local model has generated; its rate is tokens per second",
    labels: ["model"],
  },
  sahab_engine_prompt_tokens_total: {
    type: "counter",
    help: "Tokens of prompts that a local model has evaluated, or had in its cache",
    labels: ["model", "source"],
  },
  sahab_engine_memory_bytes: { type: "gauge", help: "Memory that the engine's process holds", labels: ["model"] },
  sahab_engine_restarts_total: { type: "counter", help: "Crashes of a local model's engine", labels: ["model"] },
  sahab_local_memory_budget_bytes: { type: "gauge", help: "What local models may hold together" },
  sahab_local_memory_reserved_bytes: { type: "gauge", help: "What of it local models take" },
  sahab_local_models: {
    type: "gauge",
    help: "Local models that are loaded when they are asked for, by state",
    labels: ["state"],
  },
  sahab_local_requests_waiting: { type: "gauge", help: "Requests that wait for a local model to be loaded" },
  sahab_local_loads_total: { type: "counter", help: "Loads of local models that have begun" },

  sahab_journal_lag_bytes: { type: "gauge", help: "Usage records that are on the disk and not yet in the store" },
  sahab_journal_lag_seconds: {
    type: "gauge",
    help: "For how long the oldest of them has waited for the store",
    merge: "max",
  },
  sahab_journal_faulty: {
    type: "gauge",
    help: "1 while the disk takes no usage records, so that requests are refused",
    merge: "max",
  },
  sahab_journal_refused_records: {
    type: "gauge",
    help: "Usage records that the disk has refused and that wait in memory",
  },
  sahab_store_up: { type: "gauge", help: "1 while the database answers all processes", merge: "min" },
  sahab_store_calls_waiting: { type: "gauge", help: "Calls that wait for an answer of the store" },
  sahab_store_last_write_timestamp_seconds: {
    type: "gauge",
    help: "When the store last took usage records, in seconds since 1970",
    merge: "max",
  },
  sahab_data_free_bytes: { type: "gauge", help: "Room on the disk of the data folder", merge: "max" },
  sahab_data_size_bytes: { type: "gauge", help: "Size of the disk of the data folder", merge: "max" },
  sahab_tls_certificate_expiry_timestamp_seconds: {
    type: "gauge",
    help: "When the first certificate of the server's own chain expires, in seconds since 1970",
    merge: "min",
  },
  sahab_event_loop_lag_seconds: {
    type: "histogram",
    help: "By how much timers of the serving processes were late, four times a second",
  },

  process_cpu_seconds_total: { type: "counter", help: "Processor time of all processes but the engines" },
  process_resident_memory_bytes: { type: "gauge", help: "Resident memory of all processes but the engines" },
  process_open_fds: {
    type: "gauge",
    help: "Open file descriptors of the process that has most of them",
    merge: "max",
  },
  process_max_fds: { type: "gauge", help: "How many a process may have", merge: "min" },
  process_start_time_seconds: {
    type: "gauge",
    help: "When the first process started, in seconds since 1970",
    merge: "min",
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof table;

/** All metrics of `/metrics`, in their order there. docs/metrics.md is made of this table. */
export const metricTable: ReadonlyMap<string, MetricDefinition> = new Map(Object.entries(table));
