/** Chunks as Model Studio's documentation shows them (shortened), for tests. A stream is the data of its events, one a line. */
export const thinkingStream = `
{"output":{"choices":[{"message":{"content":"","reasoning_content":"The","role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":290,"output_tokens":3,"input_tokens":287,"output_tokens_details":{"reasoning_tokens":1}},"request_id":"a1959ad1-2637-4672-a21f-4d351371d254"}
{"output":{"choices":[{"message":{"content":"","reasoning_content":" user is asking","role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":293,"output_tokens":6,"input_tokens":287,"output_tokens_details":{"reasoning_tokens":4}},"request_id":"a1959ad1-2637-4672-a21f-4d351371d254"}
{"output":{"choices":[{"message":{"content":"我是","reasoning_content":"","role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":295,"output_tokens":8,"input_tokens":287,"output_tokens_details":{"reasoning_tokens":4}},"request_id":"a1959ad1-2637-4672-a21f-4d351371d254"}
{"output":{"choices":[{"message":{"content":"通义 \\"千\\"","reasoning_content":"","role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":298,"output_tokens":11,"input_tokens":287,"output_tokens_details":{"reasoning_tokens":4}},"request_id":"a1959ad1-2637-4672-a21f-4d351371d254"}
{"output":{"choices":[{"message":{"content":"","reasoning_content":"","role":"assistant"},"finish_reason":"stop"}]},"usage":{"total_tokens":298,"output_tokens":11,"input_tokens":287,"output_tokens_details":{"reasoning_tokens":4},"prompt_tokens_details":{"cached_tokens":256}},"request_id":"a1959ad1-2637-4672-a21f-4d351371d254"}`;

/** Two calls; the id is empty where a call goes on. */
export const toolStream = `
{"output":{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"call_75","type":"function","function":{"name":"get_weather","arguments":""}}],"role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":238,"output_tokens":17,"input_tokens":221},"request_id":"2c31b48d"}
{"output":{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"","type":"function","function":{"arguments":"{\\"id\\": 1234567890123456789, \\"city\\": "}}],"role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":240,"output_tokens":19,"input_tokens":221},"request_id":"2c31b48d"}
{"output":{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"","type":"function","function":{"arguments":"\\"杭州\\"}"}}],"role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":243,"output_tokens":22,"input_tokens":221},"request_id":"2c31b48d"}
{"output":{"choices":[{"message":{"content":"","tool_calls":[{"index":1,"id":"call_76","type":"function","function":{"name":"now","arguments":"{}"}}],"role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":250,"output_tokens":29,"input_tokens":221},"request_id":"2c31b48d"}
{"output":{"choices":[{"message":{"content":"","role":"assistant"},"finish_reason":"tool_calls"}]},"usage":{"total_tokens":250,"output_tokens":29,"input_tokens":221},"request_id":"2c31b48d"}`;

/** All of the text in every chunk, as models before Qwen3 send it. */
export const cumulativeStream = `
{"output":{"choices":[{"message":{"content":"Hello","role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":23,"output_tokens":1,"input_tokens":22},"request_id":"c1"}
{"output":{"choices":[{"message":{"content":"Hello! How","role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":25,"output_tokens":3,"input_tokens":22},"request_id":"c1"}
{"output":{"choices":[{"message":{"content":"Hello! How can I help?","role":"assistant"},"finish_reason":"null"}]},"usage":{"total_tokens":29,"output_tokens":7,"input_tokens":22},"request_id":"c1"}
{"output":{"choices":[{"message":{"content":"Hello! How can I help?","role":"assistant"},"finish_reason":"stop"}]},"usage":{"total_tokens":29,"output_tokens":7,"input_tokens":22},"request_id":"c1"}`;

export const wholeMessage = `{
  "status_code": 200,
  "request_id": "902fee3b-f7f0-9a8c-96a1-6b4ea25af114",
  "code": "",
  "message": "",
  "output": {
    "text": null,
    "finish_reason": null,
    "choices": [
      {
        "finish_reason": "tool_calls",
        "message": {
          "role": "assistant",
          "content": "Let me look",
          "reasoning_content": "hm",
          "tool_calls": [
            { "index": 0, "id": "call_1", "type": "function", "function": { "name": "look", "arguments": "{\\"at\\": 1}" } }
          ]
        }
      }
    ]
  },
  "usage": { "input_tokens": 22, "output_tokens": 17, "total_tokens": 39, "prompt_tokens_details": { "cached_tokens": 4 } }
}`;

export const wholeText = `{"output":{"finish_reason":"stop","text":"我是阿里云"},"usage":{"input_tokens":3,"output_tokens":5,"total_tokens":8},"request_id":"t1"}`;

export const wholeMultimodal = `{"output":{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":[{"text":"A cat"}]}}]},"usage":{"output_tokens":2,"input_tokens":1271,"image_tokens":1247,"input_tokens_details":{"image_tokens":1247,"text_tokens":24}},"request_id":"m1"}`;

/** The bytes of a stream. */
export function framed(stream: string): Buffer {
  const lines = stream.split("\n").filter((line) => line.trim() !== "");
  return Buffer.from(
    lines.map((line, at) => `id:${at + 1}\nevent:result\n:HTTP_STATUS/200\ndata:${line}\n\n`).join(""),
  );
}
