/** Answers that Anthropic really sent (shortened), for tests. A stream is the data of its events, one a line. */
export const textStream = `
{"type":"message_start","message":{"model":"claude-sonnet-4-5-20250929","id":"msg_01QC4g3HwBThD4BaNtBckFDJ","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":3,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard","inference_geo":"not_available"}}}
{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
{"type":"ping"}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"! I"}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'m \\"doing\\" well 云"}}
{"type":"content_block_stop","index":0}
{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":12,"cache_creation_input_tokens":3,"cache_read_input_tokens":5,"output_tokens":30}}
{"type":"message_stop"}`;

export const thinkingStream = `
{"type":"message_start","message":{"model":"claude-sonnet-4-5-20250929","id":"msg_01Y6V41gqPaKWEw7iPouH7iW","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":69,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2,"service_tier":"standard"}}}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"ping"}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"The previous"}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" result was 925."}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EvQBCkYICxgC"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"EmwKAhgB"}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"925"}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":" ÷ 5 = 185"}}
{"type":"content_block_stop","index":2}
{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":69,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":53,"output_tokens_details":{"thinking_tokens":20}},"context_management":{"applied_edits":[]}}
{"type":"message_stop"}`;

/** One of Anthropic's own tools with its result, and two of the client's, the second without arguments. */
export const toolStream = `
{"type":"message_start","message":{"model":"claude-haiku-4-5-20251001","id":"msg_01CD3XaZfhNabxRt1SG5ybtK","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":843,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":16}}}
{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_01","name":"tool_search_tool_regex","input":{}}}
{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"pattern\\": \\"x\\"}"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"tool_search_tool_result","tool_use_id":"srvtoolu_01","content":{"type":"tool_search_tool_search_result","tool_references":[]}}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_019Zvehfe1XQWweT1pm7okyt","name":"weather","input":{},"caller":{"type":"direct"}}}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"ping"}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"id\\": 1234567890123456789, \\"location\\": \\"San Francisco"}}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\\"}"}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_02","name":"now","input":{}}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_stop","index":3}
{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":28}}
{"type":"message_stop"}`;

export const duplicateStart = `
{"type":"message_start","message":{"id":"msg_dup","type":"message","role":"assistant","content":[],"model":"claude-3-haiku-20240307","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":17,"output_tokens":1}}}
{"type":"message_start","message":{"id":"msg_dup","type":"message","role":"assistant","content":[],"model":"claude-3-haiku-20240307","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":17,"output_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello, World!"}}
{"type":"content_block_stop","index":0}
{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"!"},"usage":{"output_tokens":227}}
{"type":"message_stop"}`;

export const wholeMessage = `{
  "model": "claude-opus-5",
  "id": "msg_011CdMNhurHSJCxCC2NB7WYc",
  "type": "message",
  "role": "assistant",
  "content": [
    { "type": "thinking", "thinking": "I need to look.", "signature": "CAISqwQK" },
    { "type": "text", "text": "Let me look." },
    { "type": "server_tool_use", "id": "srvtoolu_01", "name": "web_fetch", "input": { "url": "https://example.com" } },
    { "type": "tool_use", "id": "toolu_01", "name": "look", "input": { "at": [1, { "deep": null }] } }
  ],
  "stop_reason": "tool_use",
  "stop_sequence": null,
  "usage": {
    "input_tokens": 51,
    "cache_creation_input_tokens": 7,
    "cache_read_input_tokens": 11,
    "output_tokens": 1699,
    "output_tokens_details": { "thinking_tokens": 139 },
    "service_tier": "standard"
  }
}`;

/** The bytes of a stream. */
export function framed(stream: string): Buffer {
  const lines = stream.split("\n").filter((line) => line.trim() !== "");
  const named = lines.map((line) => `event: ${(JSON.parse(line) as { type: string }).type}\ndata: ${line}\n\n`);
  return Buffer.from(named.join(""));
}
