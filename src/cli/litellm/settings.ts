import { ownValue } from "../../base/own-value.ts";

/** Fields of litellm_params that have a counterpart here, or are read by whoever reads those. */
export const knownParams: ReadonlySet<string> = new Set([
  "model",
  "api_key",
  "api_base",
  "base_url",
  "api_version",
  "custom_llm_provider",
  "organization",
  "extra_headers",
  "headers",
  "timeout",
  "stream_timeout",
  "request_timeout",
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_region_name",
  "vertex_project",
  "vertex_location",
  "vertex_credentials",
  "litellm_credential_name",
  "weight",
  "order",
  "rpm",
  "tpm",
]);

/** Fields of litellm_params by which calls are shared, the first one that is there. */
export const shareFields = ["weight", "rpm", "tpm"] as const;

/** Fields of model_info that have a counterpart, or say what Sahab does not need to be told. */
export const knownInfo: ReadonlySet<string> = new Set([
  "id",
  "mode",
  "base_model",
  "max_input_tokens",
  "max_output_tokens",
  "max_tokens",
  "litellm_provider",
  "db_model",
]);

export type Section = keyof typeof advice;

/** Why a setting has no counterpart, and what to do instead. */
export function adviceOf(section: Section, name: string): string {
  return ownValue(advice[section], name) ?? defaults[section];
}

/** Whether the section has advice of its own for a setting. */
export function hasAdvice(section: Section, name: string): boolean {
  return Object.hasOwn(advice[section], name);
}

const noLimit =
  "a target has no limit of its own: where a vendor answers 429, the next target is tried. To cap callers, use limits.models of a project";
const bySender = "clients send it with their requests";
const ownHealth = "Sahab watches each target itself: one that fails rests, and the others are asked";
const noLogging = "usage is in sahab usage and /admin/v1/requests, and in /metrics for Prometheus";
const noCache = "answers are not cached; prompt caches of vendors are used, and their prices counted";
const noDatabase =
  "Sahab keeps its state in its data folder, or in PostgreSQL (SAHAB_DATABASE_URL, an empty database of its own); keys and spend of LiteLLM's are not read: make new keys with sahab key create";

const defaults = {
  params: "no counterpart",
  info: "Sahab knows by its catalogue what a model can do",
  price: "no price of a cloud.yaml fits it exactly; see price.fees for what is paid by the piece",
  router: "no counterpart",
  litellm: "no counterpart",
  general: "no counterpart",
  top: "no counterpart",
} as const;

const advice = {
  params: {
    rpm: noLimit,
    tpm: noLimit,
    max_parallel_requests: noLimit,
    max_retries: ownHealth,
    num_retries: ownHealth,
    cooldown_time: ownHealth,
    allowed_fails: ownHealth,
    max_budget: "budgets are those of projects, organisations and keys",
    budget_duration: "budgets are those of projects, organisations and keys",
    temperature: bySender,
    top_p: bySender,
    max_tokens: bySender,
    max_completion_tokens: bySender,
    seed: bySender,
    reasoning_effort: bySender,
    thinking: bySender,
    extra_body: bySender,
    drop_params: "what a vendor cannot take is refused by name, or dropped and listed in x-sahab-dropped",
    additional_drop_params: "what a vendor cannot take is refused by name, or dropped and listed in x-sahab-dropped",
    tags: "requests are not routed by tags: give such deployments names of their own",
    mock_response: "made for tests",
    input_type: bySender,
    aws_role_name: "use a role of the machine, by AWS_ROLE_ARN or AWS_PROFILE in the environment of sahab up",
    aws_session_name: "use a role of the machine, by AWS_ROLE_ARN or AWS_PROFILE in the environment of sahab up",
    aws_profile_name: "set AWS_PROFILE in the environment of sahab up",
    azure_ad_token: "Azure is called by key; put one into api_key",
    tenant_id: "Azure is called by key; put one into api_key",
    client_id: "Azure is called by key; put one into api_key",
    client_secret: "Azure is called by key; put one into api_key",
    ssl_verify: "use tls: { ca: FILE } of the provider, or tls: { insecure: true }",
  },
  info: {
    access_groups: "name models in models of a project, or of a key: sahab key create --models",
    team_id: "name models in models of a project",
    health_check_model: "sahab provider test --model asks one",
  },
  price: {},
  router: {
    num_retries: ownHealth,
    max_retries: ownHealth,
    retry_policy: ownHealth,
    retry_after: ownHealth,
    allowed_fails: ownHealth,
    allowed_fails_policy: ownHealth,
    cooldown_time: ownHealth,
    disable_cooldowns: ownHealth,
    enable_pre_call_checks: "a request that is too long for one target goes to another of the model",
    redis_host: noDatabase,
    redis_port: noDatabase,
    redis_password: noDatabase,
    redis_url: noDatabase,
    cache_responses: noCache,
    enable_tag_filtering: "requests are not routed by tags: give such deployments names of their own",
    tag_filtering_match_any: "requests are not routed by tags: give such deployments names of their own",
    provider_budget_config: "budgets are those of projects, organisations and keys",
    content_policy_fallbacks:
      "a vendor's refusal of content is passed on (content_filter); the client chooses another model",
    set_verbose: "SAHAB_LOG=debug",
    debug_level: "SAHAB_LOG=debug",
  },
  litellm: {
    num_retries: ownHealth,
    allowed_fails: ownHealth,
    cooldown_time: ownHealth,
    callbacks: noLogging,
    success_callback: noLogging,
    failure_callback: noLogging,
    service_callbacks: noLogging,
    turn_off_message_logging: "no text of prompts or answers is logged",
    redact_user_api_key_info: "no text of prompts or answers is logged",
    cache: noCache,
    cache_params: noCache,
    drop_params: "what a vendor cannot take is refused by name, or dropped and listed in x-sahab-dropped",
    modify_params: "what a vendor cannot take is refused by name, or dropped and listed in x-sahab-dropped",
    set_verbose: "SAHAB_LOG=debug",
    json_logs: "where no terminal is, the log is JSON already",
    telemetry: "Sahab has none",
    content_policy_fallbacks:
      "a vendor's refusal of content is passed on (content_filter); the client chooses another model",
    default_team_settings: "give each team a project; usage is reported by project",
    default_internal_user_params: "give each person a key with a budget: sahab key create NAME --budget 20/month",
    upperbound_key_generate_params: "bounds of all keys of a project are the project's own",
    default_key_generate_params: "bounds of all keys of a project are the project's own",
    key_generation_settings: "only the admin key makes keys",
    ssl_verify: "use tls of a provider, or NODE_EXTRA_CA_CERTS",
    ssl_certificate: "use SAHAB_TLS_CERT and SAHAB_TLS_KEY",
    guardrails: "Sahab has no guardrails yet",
    force_ipv4: "the system's order of addresses is used",
  },
  general: {
    master_key:
      "Sahab makes an admin key at its first start (admin.key in the data folder); to choose one, set SAHAB_ADMIN_KEY",
    database_url: noDatabase,
    database_connection_pool_limit: noDatabase,
    database_connection_timeout: noDatabase,
    store_model_in_db: "what was added in LiteLLM's page is not in this file: add it to the cloud.yaml",
    alerting: "use alerts of a cloud.yaml: a webhook that is told of budgets",
    alert_types: "use alerts of a cloud.yaml: a webhook that is told of budgets",
    alerting_threshold: "use alerts of a cloud.yaml: a webhook that is told of budgets",
    max_parallel_requests: "use limits.concurrency of a project",
    global_max_parallel_requests: "use limits.concurrency of a project or an organisation",
    max_request_size_mb: "bodies are bounded by Sahab itself",
    pass_through_endpoints: "paths of vendors beyond those of the contract are not passed",
    proxy_batch_write_at: "every record is journalled before its answer ends",
    disable_spend_logs: "every request has a usage record, without its text",
    store_prompts_in_spend_logs: "no text of prompts or answers is stored",
    maximum_spend_logs_retention_period: "use retention.usage_days of a cloud.yaml",
    background_health_checks: "sahab provider test asks each provider",
    health_check_interval: "sahab provider test asks each provider",
    enforce_user_param: "give each person a key of their own",
    ui_access_mode: "the admin API needs the admin key",
    allowed_ips: "keys have addresses: sahab key create --addresses; admin keys SAHAB_ADMIN_ADDRESSES",
    use_x_forwarded_for: "SAHAB_TRUSTED_PROXIES lists the proxies whose x-forwarded-for is believed",
  },
  top: {
    environment_variables: "set them in the environment where the cloud.yaml is applied; none is written into it",
    include: "import each of those files by itself",
    guardrails: "Sahab has no guardrails yet",
    mcp_servers: "Sahab has no MCP servers",
    mcp_tools: "Sahab has no MCP servers",
    callback_settings: noLogging,
    vector_store_registry: "Sahab has no vector stores",
    search_tools: "Sahab has no search tools of its own; those of vendors pass",
    prompts: "prompts are the clients' own",
    files_settings: "files and batches need no settings here",
    finetune_settings: "Sahab does not fine-tune",
    assistant_settings: "Sahab has no Assistants API; use Responses",
    worker_config: "SAHAB_WORKERS says how many processes share the port",
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;
