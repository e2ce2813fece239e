/** Streams as vendors write them (shortened), for tests. Each is the text on the wire. */
const chunk = (fields: string) =>
  `data: {"id":"c1","object":"chat.completion.chunk","created":1700000000,"model":"m",${fields}}\n\n`;

export const openaiTools =
  chunk(
    '"system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"look","arguments":""}}],"refusal":null},"logprobs":null,"finish_reason":null}],"usage":null',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"at\\":"}}]},"logprobs":null,"finish_reason":null}],"usage":null',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]},"logprobs":null,"finish_reason":null}],"usage":null',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"look","arguments":""}}]},"logprobs":null,"finish_reason":null}],"usage":null',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"logprobs":null,"finish_reason":null}],"usage":null',
  ) +
  chunk('"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}],"usage":null') +
  chunk(
    '"choices":[],"usage":{"prompt_tokens":80,"completion_tokens":30,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0}}',
  ) +
  "data: [DONE]\n\n";

/** Keep-alive comments, reasoning first, cache fields, usage in the chunk that finishes. */
export const deepseek =
  ": keep-alive\n\n: keep-alive\n\n" +
  chunk(
    '"system_fingerprint":"fp_ds","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":""},"logprobs":null,"finish_reason":null}]',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"Let me"},"logprobs":null,"finish_reason":null}]',
  ) +
  ": keep-alive\n\n" +
  chunk(
    '"choices":[{"index":0,"delta":{"content":null,"reasoning_content":" see"},"logprobs":null,"finish_reason":null}]',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"content":"云","reasoning_content":null},"logprobs":null,"finish_reason":null}]',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":12,"total_tokens":112,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":9},"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}',
  ) +
  "data: [DONE]\n\n";

/** CRLF ends, roles in every chunk, the usage in a chunk without choices. */
export const dashscope = (
  chunk(
    '"choices":[{"delta":{"content":"","role":"assistant"},"index":0,"logprobs":null,"finish_reason":null}],"usage":null,"system_fingerprint":null',
  ) +
  chunk(
    '"choices":[{"finish_reason":null,"logprobs":null,"delta":{"content":"Hi","role":"assistant"},"index":0}],"usage":null',
  ) +
  chunk('"choices":[{"finish_reason":"stop","delta":{"content":""},"index":0,"logprobs":null}],"usage":null') +
  chunk(
    '"choices":[],"usage":{"prompt_tokens":22,"completion_tokens":17,"total_tokens":39,"prompt_tokens_details":{"cached_tokens":0}}',
  ) +
  "data: [DONE]\n\n"
).replaceAll("\n", "\r\n");

/** `chunk_include_usage`: a growing usage in every chunk. */
export const ark =
  chunk(
    '"service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":"A"}}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}',
  ) +
  chunk(
    '"service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":"B"}}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"length"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":0}}',
  ) +
  "data: [DONE]\n\n";

/** Reasoning is not part of the completion tokens; the vendor's own bill in ticks. */
export const xai =
  chunk('"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"Hm"}}]') +
  chunk('"choices":[{"index":0,"delta":{"content":"42"}}]') +
  chunk('"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]') +
  chunk(
    '"choices":[],"usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"prompt_tokens_details":{"text_tokens":32,"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":94},"num_sources_used":0,"cost_in_usd_ticks":158500}',
  ) +
  "data: [DONE]\n\n";

/** `reasoning` for `reasoning_content`, two choices, log probabilities, no fingerprint. */
export const vllm =
  chunk('"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]') +
  chunk('"choices":[{"index":1,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]') +
  chunk('"choices":[{"index":0,"delta":{"reasoning":"r"},"logprobs":null,"finish_reason":null}]') +
  chunk(
    '"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5,"bytes":[97]},{"token":"b","logprob":-1,"bytes":null}]}]},"finish_reason":null}]',
  ) +
  chunk('"choices":[{"index":1,"delta":{"content":"b"},"logprobs":null,"finish_reason":"stop","stop_reason":null}]') +
  chunk('"choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"length","stop_reason":null}]') +
  chunk(
    '"choices":[],"usage":{"prompt_tokens":5,"total_tokens":9,"completion_tokens":4,"prompt_tokens_details":null}',
  ) +
  "data: [DONE]\n\n";
