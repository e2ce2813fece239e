/** Answers that vendors really sent (shortened), for tests. A stream is the data of its events, one a line. */

/** OpenAI: ids, numbers and padding in every event, and reasoning of which nothing is shown. */
export const openaiStream = `
{"type":"response.created","response":{"id":"resp_0bac52ec","object":"response","created_at":1784760832,"status":"in_progress","model":"gpt-5.4","output":[],"usage":null},"sequence_number":0}
{"type":"response.in_progress","response":{"id":"resp_0bac52ec","object":"response","created_at":1784760832,"status":"in_progress","model":"gpt-5.4","output":[],"usage":null},"sequence_number":1}
{"type":"response.output_item.added","item":{"id":"rs_0bac","type":"reasoning","encrypted_content":"gAAAAABqA","summary":[]},"output_index":0,"sequence_number":2}
{"type":"response.output_item.done","item":{"id":"rs_0bac","type":"reasoning","encrypted_content":"gAAAAABqB","summary":[]},"output_index":0,"sequence_number":3}
{"type":"response.output_item.added","item":{"id":"ws_1","type":"web_search_call","status":"in_progress"},"output_index":1,"sequence_number":4}
{"type":"response.web_search_call.completed","item_id":"ws_1","output_index":1,"sequence_number":5}
{"type":"response.output_item.done","item":{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"x"}},"output_index":1,"sequence_number":6}
{"type":"response.output_item.added","item":{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"},"output_index":2,"sequence_number":7}
{"type":"response.content_part.added","content_index":0,"item_id":"msg_1","output_index":2,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""},"sequence_number":8}
{"type":"response.output_text.delta","content_index":0,"delta":"The","item_id":"msg_1","logprobs":[],"obfuscation":"rhRQwXy3BZfCS","output_index":2,"sequence_number":9}
{"type":"response.output_text.delta","content_index":0,"delta":" \\"sky\\" 云","item_id":"msg_1","logprobs":[],"obfuscation":"7hXyJ","output_index":2,"sequence_number":10}
{"type":"response.output_text.delta","content_index":0,"delta":".","item_id":"msg_1","logprobs":[],"obfuscation":"","output_index":2,"sequence_number":11}
{"type":"response.output_text.annotation.added","annotation":{"type":"url_citation","url":"https://e.x"},"annotation_index":0,"content_index":0,"item_id":"msg_1","output_index":2,"sequence_number":12}
{"type":"response.output_text.done","content_index":0,"item_id":"msg_1","logprobs":[],"output_index":2,"text":"The \\"sky\\" 云.","sequence_number":13}
{"type":"response.content_part.done","content_index":0,"item_id":"msg_1","output_index":2,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"The \\"sky\\" 云."},"sequence_number":14}
{"type":"response.output_item.done","item":{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"The \\"sky\\" 云."}],"role":"assistant"},"output_index":2,"sequence_number":15}
{"type":"response.completed","response":{"id":"resp_0bac52ec","object":"response","created_at":1784760832,"status":"completed","error":null,"incomplete_details":null,"model":"gpt-5.4","output":[{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"The \\"sky\\" 云."}]}],"usage":{"input_tokens":631,"input_tokens_details":{"cache_write_tokens":3,"cached_tokens":20},"output_tokens":87,"output_tokens_details":{"reasoning_tokens":37},"total_tokens":718}},"sequence_number":16}`;

/** LM Studio: the reasoning itself, and arguments only when they are whole. */
export const lmStudioStream = `
{"type":"response.created","response":{"id":"resp_cc7b","object":"response","created_at":1769008929,"status":"in_progress","model":"zai-org/glm-4.7-flash","output":[],"error":null},"sequence_number":0}
{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_3y","type":"reasoning","status":"in_progress","summary":[],"content":[]},"sequence_number":1}
{"type":"response.content_part.added","item_id":"rs_3y","output_index":0,"content_index":0,"part":{"type":"reasoning_text","text":""},"sequence_number":2}
{"type":"response.reasoning_text.delta","item_id":"rs_3y","output_index":0,"content_index":0,"delta":"The","sequence_number":3}
{"type":"response.reasoning_text.delta","item_id":"rs_3y","output_index":0,"content_index":0,"delta":" user","sequence_number":4}
{"type":"response.reasoning_text.delta","item_id":"rs_3y","output_index":0,"content_index":0,"delta":" asks","sequence_number":5}
{"type":"response.output_item.done","output_index":0,"item":{"id":"rs_3y","type":"reasoning","status":"completed","summary":[],"content":[{"type":"reasoning_text","text":"The user asks"}]},"sequence_number":6}
{"type":"response.output_item.added","output_index":1,"item":{"id":"fc_z9","type":"function_call","status":"in_progress","arguments":"","call_id":"call_2025","name":"weather"},"sequence_number":7}
{"type":"response.function_call_arguments.done","item_id":"fc_z9","output_index":1,"arguments":"{\\"location\\":\\"San Francisco\\"}","sequence_number":8}
{"type":"response.output_item.done","output_index":1,"item":{"id":"fc_z9","type":"function_call","status":"completed","arguments":"{\\"location\\":\\"San Francisco\\"}","call_id":"call_2025","name":"weather"},"sequence_number":9}
{"type":"response.completed","response":{"id":"resp_cc7b","object":"response","created_at":1769008929,"status":"completed","model":"zai-org/glm-4.7-flash","output":[],"usage":{"input_tokens":182,"output_tokens":61,"total_tokens":243,"input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":48}}},"sequence_number":10}`;

/** GitHub Copilot: no two events have the same ids. xAI: a summary, then its proof. */
export const changingIdsStream = `
{"response":{"created_at":1786050349,"id":"capture-1","model":"gpt-5.3-codex","object":"response","output":[],"status":"in_progress","usage":null},"sequence_number":0,"type":"response.created"}
{"item":{"content":[],"encrypted_content":null,"id":"capture-3","summary":[],"type":"reasoning"},"output_index":0,"sequence_number":1,"type":"response.output_item.added"}
{"item_id":"capture-4","output_index":0,"part":{"text":"","type":"summary_text"},"sequence_number":2,"summary_index":0,"type":"response.reasoning_summary_part.added"}
{"delta":"**Counting**","item_id":"capture-5","output_index":0,"sequence_number":3,"summary_index":0,"type":"response.reasoning_summary_text.delta"}
{"item_id":"capture-6","output_index":0,"part":{"text":"","type":"summary_text"},"sequence_number":4,"summary_index":1,"type":"response.reasoning_summary_part.added"}
{"delta":"**More**","item_id":"capture-7","output_index":0,"sequence_number":5,"summary_index":1,"type":"response.reasoning_summary_text.delta"}
{"item":{"content":[],"encrypted_content":"c2ln","id":"rs_8","summary":[{"text":"**Counting**","type":"summary_text"},{"text":"**More**","type":"summary_text"}],"type":"reasoning"},"output_index":0,"sequence_number":6,"type":"response.output_item.done"}
{"item":{"content":[],"id":"capture-9","role":"assistant","status":"in_progress","type":"message"},"output_index":1,"sequence_number":7,"type":"response.output_item.added"}
{"content_index":0,"delta":"3","item_id":"capture-11","logprobs":[],"output_index":1,"sequence_number":8,"type":"response.output_text.delta"}
{"content_index":0,"item_id":"capture-12","logprobs":[],"output_index":1,"sequence_number":9,"text":"3","type":"response.output_text.done"}
{"item":{"content":[{"annotations":[],"text":"3","type":"output_text"}],"id":"capture-13","role":"assistant","status":"completed","type":"message"},"output_index":1,"sequence_number":10,"type":"response.output_item.done"}
{"response":{"id":"capture-14","model":"gpt-5.3-codex","output":[],"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"usage":{"input_tokens":19,"output_tokens":105,"total_tokens":124}},"sequence_number":11,"type":"response.incomplete"}`;

/** A stream as it is on the wire, its events named or not. */
export function framed(stream: string, isNamed = true): Buffer {
  const lines = stream.trim().split("\n");
  const nameOf = (line: string) => (JSON.parse(line) as { type: string }).type;
  return Buffer.from(lines.map((line) => `${isNamed ? `event: ${nameOf(line)}\n` : ""}data: ${line}\n\n`).join(""));
}
