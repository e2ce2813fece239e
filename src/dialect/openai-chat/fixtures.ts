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

/** Random letters in every event, which hide the length of its text. */
export const openaiText =
  chunk(
    '"service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"Hd8v"',
  ) +
  ["The", " sky", " is", ' \\"blue\\"', ",", " mostly", " by", " day", ".\\n", " At", " night", " it", " is"]
    .map((text, index) =>
      chunk(
        `"service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":"${text}"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"${"aB3".repeat((index % 4) + 1)}${index}"`,
      ),
    )
    .join("") +
  chunk(
    '"service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null,"obfuscation":"zap0"',
  ) +
  chunk(
    '"service_tier":"default","system_fingerprint":"fp_1","choices":[],"usage":{"prompt_tokens":16,"completion_tokens":13,"total_tokens":29},"obfuscation":""',
  ) +
  "data: [DONE]\n\n";

/** Filter results before the answer begins, without id and model. */
export const azure =
  'data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}\n\n' +
  chunk(
    '"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"system_fingerprint":null,"usage":null',
  ) +
  chunk(
    '"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":"Hi"},"finish_reason":null,"index":0,"logprobs":null}],"system_fingerprint":null,"usage":null',
  ) +
  chunk('"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}]') +
  chunk('"choices":[{"content_filter_offsets":{"check_offset":0},"finish_reason":null,"index":0}]') +
  chunk('"choices":[],"usage":{"prompt_tokens":15,"completion_tokens":7,"total_tokens":22}') +
  "data: [DONE]\n\n";

/** Thinking as a part of the content, in a list of its own; no [DONE]. */
export const mistral =
  chunk(
    '"choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"One and"}]}]},"finish_reason":null}]',
  ) +
  chunk(
    '"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":" one"}]}]},"finish_reason":null}]',
  ) +
  chunk('"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"2"}]},"finish_reason":null}]') +
  chunk(
    '"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"total_tokens":56,"completion_tokens":46}',
  );

/** Text in the chunk that finishes; the cached tokens beside the counts. */
export const moonshot =
  chunk('"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"Thinking "},"finish_reason":null}]') +
  chunk('"choices":[{"index":0,"delta":{"reasoning_content":"aloud."},"finish_reason":null}]') +
  chunk('"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]') +
  chunk(
    '"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,"cached_tokens":4,"completion_tokens_details":{"reasoning_tokens":7}}',
  ) +
  "data: [DONE]\n\n";
