/**
 * Whether a field of a request reaches beyond the model's answer: to other models, servers or accounts, to what an account
 * keeps for all of its projects, to the engine that others use too, or to services that have no price here. Whoever has a
 * key of one project must not get there with it, so such fields are dropped unless the provider's `pass_fields` lists them.
 *
 * Left alone is what changes nothing but the answer (`guided_json`, `logit_bias`, `documents`, `reasoning`), what only names
 * an end user to the vendor (`user`, `safety_identifier`) or requests that belong together (`prompt_cache_key`, which agents send
 * for the sake of their cache hits), and all that is not known.
 */
export function reachesBeyond(name: string): boolean {
  const known = judged.get(name);
  if (known !== undefined) return known;
  const judgement = judge(name);
  if (judged.size < judgedMax) judged.set(name, judgement);
  return judgement;
}

/** Names that were judged, since requests have the same again and again: a look-up takes a fifth of the time. */
const judged = new Map<string, boolean>();
/** More than all dialects have; callers may send any. */
const judgedMax = 2_000;

function judge(name: string): boolean {
  if (names.has(name)) return true;
  const end = name.indexOf("_");
  return (end !== -1 && prefixes.has(name.slice(0, end + 1))) || longPrefix.test(name);
}

/** Servers in Go and Java take `apiBase` for `api_base`, and both in any capitals, which the key guard looks for in small letters. */
function withCapitals(list: readonly string[]): Set<string> {
  const all = list.flatMap((name) => {
    const joined = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return [name, joined, joined.toLowerCase()];
  });
  return new Set(all);
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** What such fields reach, and their names. Sources: the request parameters in the documentation or the code of each, 2026. */
export const reachingFields: readonly { reach: string; names: readonly string[] }[] = [
  // Another model than the one that is authorised and priced. LiteLLM, OpenRouter, Bifrost, LM Studio, Together, Mistral, TGI.
  {
    reach: "another model than the one that is authorised and priced",
    names: words(`
      models fallbacks fallback_models context_window_fallbacks content_policy_fallbacks default_fallbacks
      disable_fallbacks model_list model_info model_id base_model deployment_id specific_deployment route router routing
      provider providers preset models_config draft_model safety_model agent_id bot_id compound_custom hf_model_name
      customized_model_id use_litellm_proxy fastest_response custom_llm_provider router_settings_override backend model_base_name
      routing_config model_selection_config
    `),
  },
  // Another server or account, or how it is reached: LiteLLM reads these from the body, Vercel's and others' gateways the last.
  {
    reach: "another server or account, or how it is reached",
    names: words(`
      api_base api_key base_url api_version api_type api_host organization headers client extra_body extra_headers
      extra_query proxy ssl_verify shared_session tenant_id client_id client_secret region_name timeout request_timeout
      stream_timeout num_retries max_retries retry_policy cooldown_time provider_options data_sources
      enhancements connectors connector_id mcp_servers webhook webhook_url callback_url
    `),
  },
  // What a gateway in front of the model is told: its rules, prices, logs, stored prompts, other tenants' tags.
  {
    reach: "what a gateway in front of the model is told: its rules, prices, logs, stored prompts, other tenants' tags",
    names: words(`
      metadata tags guardrails guardrail_config amazon-bedrock-guardrailConfig disable_global_guardrails
      disable_global_guardrail policies no-log no_log logger_fn callbacks success_callback failure_callback
      service_callback disabled_callbacks input_cost_per_token output_cost_per_token input_cost_per_second
      output_cost_per_second max_budget budget_duration rpm tpm prompt_id prompt_label prompt_version prompt_variables
      prompt_integration dotprompt_content proxy_server_request secret_fields allowed_openai_params drop_params
      additional_drop_params enforced_params custom_prompt_dict initial_prompt_value final_prompt_value plugins
      transforms debug trace nvext requesty labels model_armor_config
    `),
  },
  // What the account keeps, for all of its projects: OpenAI, xAI, Ark, Anthropic, DashScope, MiniMax.
  {
    reach: "what the account keeps, for all of its projects",
    names: words(`
      store previous_response_id conversation conversation_id background deferred container context_id session_id
      session session_params thread_id file_ids vector_store_ids knowledge_base_ids knowledge_id group_id anthropic_beta
    `),
  },
  // Which cache is read and written: one project must not name another's.
  {
    reach: "which cache is read and written",
    names: words(`
      cache caching caching_groups cache_salt user_id extra_key prompt_cache_retention
      prompt_cache_options prompt_cache_isolation_key prompt_cache_max_len cached_content cache_prompt
      with_cache preserve_cache kv_cache_retention_config
    `),
  },
  // Services with a price of their own, which is not in the model's.
  {
    reach: "services with a price of their own",
    names: words(`
      service_tier inference_geo speed web_search_options web_search search_parameters search_options
      enable_search search_settings
    `),
  },
  // The template that tells an instruction from a text. vLLM, llama-server, text-generation-webui.
  {
    reach: "the template that tells an instruction from a text",
    names: words(`
      chat_template chat_template_kwargs chat_template_str instruction_template instruction_template_str template
      prompt_template character
    `),
  },
  // The engine that serves others too: its queue, its slots, its plugins, code and files that it loads, where it keeps what
  // it has computed, and what can exhaust its memory. vLLM, SGLang, TensorRT-LLM, Dynamo, LMDeploy, llama-server, Ollama, MLX.
  {
    reach:
      "the engine that serves others too: its queue, its slots, its plugins, the files that it loads, what can exhaust its memory",
    names: words(`
      priority request_id rid id_slot slot_id data_parallel_rank routed_dp_rank routing_key disagg_prefill_dp_rank
      bootstrap_host bootstrap_port bootstrap_room kv_transfer_params disaggregated_params migration_request vllm_xargs
      custom_params custom_logit_processor logits_processors logits_processor guided_decoding_backend
      mm_processor_kwargs media_io_kwargs prompt_embeds input_embeds image_data audio_data video_data multi_modal_data
      prompt_logprobs return_hidden_states return_routed_experts return_progress timings_per_token
      return_cached_tokens_details perf_metrics_in_response n_cache_reuse n_keep n_discard lora adapter adapters
      adapter_id keep_alive ttl options num_ctx num_gpu
    `),
  },
];

const names: ReadonlySet<string> = withCapitals(reachingFields.flatMap((group) => group.names));

/** Families of parameters that grow: LiteLLM's for clouds, loggers and itself, and mocks; adapters. Each is one word. */
const prefixes: ReadonlySet<string> = new Set(
  words(`
    litellm_ mock_ aws_ azure_ vertex_ watsonx_ bedrock_ oci_ gcs_ sagemaker_ langfuse_ langsmith_ langtrace_ arize_
    phoenix_ braintrust_ humanloop_ posthog_ wandb_ weave_ lunary_ opik_ helicone_ portkey_ lora_
  `),
);

/** Those that are no single word: LiteLLM's facts about the caller, and TensorZero's own parameters. */
const longPrefix = /^(?:user_api_|tensorzero:)/;
