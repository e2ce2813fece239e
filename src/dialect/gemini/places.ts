import type { FieldPlaces } from "../../call/index.ts";

const config = "generationConfig.";
const thinking = `${config}thinkingConfig`;

/** The client's own names for what OpenAI's chat has elsewhere. */
export const places: FieldPlaces = {
  reasoning: "contents[].parts[].thought",
  toolCall: "contents[].parts[].functionCall.",
  toolResult: "contents[].parts[].functionResponse.",
  tools: "tools[].functionDeclarations",
  toolSchema: ".parameters",
  formatSchema: `${config}responseSchema`,
  formatName: undefined,
  names: {
    "messages[].content[].is_error": "contents[].parts[].functionResponse.response.error",
    "messages[].content[].data": "contents[].parts[].thoughtSignature",
    "messages[].content[].signature": "contents[].parts[].thoughtSignature",
    messages: "contents",
    "messages[]": "contents[]",
    "messages[].content[]": "contents[].parts[]",
    "messages[].content[].": "contents[].parts[].",
    "messages[].": "contents[].",
    "tools[].": "tools[].functionDeclarations[].",
    "thinking.budget_tokens": `${thinking}.thinkingBudget`,
    thinking,
    reasoning_effort: `${thinking}.thinkingLevel`,
    "output_config.effort": `${thinking}.thinkingLevel`,
    thinking_budget: `${thinking}.thinkingBudget`,
    enable_thinking: thinking,
    temperature: `${config}temperature`,
    top_p: `${config}topP`,
    top_k: `${config}topK`,
    seed: `${config}seed`,
    frequency_penalty: `${config}frequencyPenalty`,
    presence_penalty: `${config}presencePenalty`,
    stop: `${config}stopSequences`,
    n: `${config}candidateCount`,
    logprobs: `${config}responseLogprobs`,
    response_format: `${config}responseMimeType`,
    tool_choice: "toolConfig.functionCallingConfig",
  },
};
