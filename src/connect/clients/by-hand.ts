import { join } from "node:path";
import { baseOf, usualContext, type ClientProgram } from "../client-program.ts";

// Programs that keep their settings where no other program can write them, or that run on another machine.

const date = "2026-11-26";
const chatBase = (address: string) => baseOf("chat", address);

export const roo: ClientProgram = {
  name: "roo",
  title: "Roo Code",
  about: "a coding agent for VS Code",
  speaks: "chat",
  isAgent: true,
  signs: {},
  steps: ({ address, key, model }) => [
    "In VS Code: the settings of Roo Code, Providers, API Provider: OpenAI Compatible",
    `  Base URL  ${chatBase(address)}`,
    `  API Key   ${key}`,
    `  Model     ${model.name}`,
    ...(model.context === undefined ? [] : [`  Context Window Size  ${model.context}`]),
  ],
  start: "VS Code",
  isNoCommand: true,
  notes: ["VS Code keeps the key in the system's keychain, so `--write` cannot put it there."],
  seen: { version: "documentation", source: "docs.roocode.com, OpenAI Compatible", date },
};

export const copilot: ClientProgram = {
  name: "copilot",
  title: "GitHub Copilot",
  about: "Copilot Chat of VS Code with a key of one's own, and Copilot CLI",
  speaks: "chat",
  isAgent: true,
  guessesContext: true,
  signs: { commands: ["copilot"], paths: ({ home }) => [join(home, ".copilot")] },
  environment: ({ address, key, model }) => ({
    COPILOT_PROVIDER_BASE_URL: chatBase(address),
    COPILOT_PROVIDER_TYPE: "openai",
    COPILOT_PROVIDER_API_KEY: key,
    COPILOT_MODEL: model.name,
  }),
  steps: ({ address, key, model }) => [
    "The variables are for Copilot CLI. In VS Code (1.122 or newer):",
    "Chat: Manage Language Models, Add Models, Custom Endpoint",
    "  Group name  Sahab",
    `  API key     ${key}`,
    "  API type    Chat Completions",
    "Then in the file that opens, beside what is there:",
    ...JSON.stringify(
      {
        id: model.name,
        name: `${model.name} (Sahab)`,
        url: `${chatBase(address)}/chat/completions`,
        toolCalling: model.tools ?? true,
        vision: model.images ?? false,
        maxInputTokens: (model.context ?? usualContext) - (model.output ?? 8_192),
        maxOutputTokens: model.output ?? 8_192,
      },
      null,
      2,
    )
      .split("\n")
      .map((line) => `  ${line}`),
  ],
  start: "copilot",
  notes: [
    "VS Code keeps the key in the system's keychain, so `--write` cannot put it there.",
    "Models need tools and streams; inline suggestions stay Copilot's own.",
  ],
  seen: { version: "VS Code 1.122", source: "docs.github.com, BYOK; microsoft/vscode#316916", date },
};

export const cursor: ClientProgram = {
  name: "cursor",
  title: "Cursor",
  about: "an editor with an agent",
  speaks: "chat",
  isAgent: true,
  callsFromElsewhere: true,
  signs: { commands: ["cursor"], paths: ({ home }) => [join(home, ".cursor")] },
  steps: ({ address, key, model }) => [
    "Cursor Settings, Models, API Keys (turn both on):",
    `  OpenAI API Key            ${key}`,
    `  Override OpenAI Base URL  ${chatBase(address)}`,
    `Then Add Custom Model: ${model.name}`,
  ],
  start: "Cursor",
  isNoCommand: true,
  notes: [
    "Cursor's own servers call the address, so it must be an https address that they reach.",
    "It needs a paid plan of Cursor. While the address is set, all of OpenAI's models of Cursor go there; completions stay Cursor's own.",
    "Unverified: whether Agent mode takes the address; some guides say that Ask and Plan alone do.",
  ],
  seen: { version: "guides of 2026", source: "ngrok.com, developers.cloudflare.com", date },
};

export const openWebui: ClientProgram = {
  name: "open-webui",
  title: "Open WebUI",
  about: "a chat page for a team",
  speaks: "chat",
  isAgent: false,
  signs: { commands: ["open-webui"] },
  environment: ({ address, key }) => ({ OPENAI_API_BASE_URL: chatBase(address), OPENAI_API_KEY: key }),
  steps: ({ address, key }) => [
    "The variables are read at the first start only. Later:",
    "Admin Settings, Connections, OpenAI, Manage, Add New Connection",
    `  URL  ${chatBase(address)}`,
    `  Key  ${key}`,
  ],
  start: "open-webui serve",
  notes: [
    "It fills its list of models from the server.",
    "In a container 127.0.0.1 is the container itself: use http://host.docker.internal:PORT or the machine's address.",
  ],
  seen: { version: "0.6.9", source: "docs.openwebui.com", date },
};

export const librechat: ClientProgram = {
  name: "librechat",
  title: "LibreChat",
  about: "a chat page for a team",
  speaks: "chat",
  isAgent: false,
  signs: {},
  steps: ({ address, key, model }) => [
    "In the .env beside librechat.yaml:",
    `  SAHAB_API_KEY=${key}`,
    "In librechat.yaml, merged with what is there:",
    "  endpoints:",
    "    custom:",
    "      - name: Sahab",
    "        apiKey: ${SAHAB_API_KEY}",
    `        baseURL: ${chatBase(address)}`,
    `        models: { default: [${JSON.stringify(model.name)}], fetch: true }`,
    "        titleConvo: true",
    "        titleModel: current_model",
    "        modelDisplayLabel: Sahab",
  ],
  start: "LibreChat",
  isNoCommand: true,
  notes: [
    "In a container 127.0.0.1 is the container itself: use http://host.docker.internal:PORT or the machine's address.",
  ],
  seen: { version: "documentation", source: "librechat.ai, custom endpoints", date },
};

export const zed: ClientProgram = {
  name: "zed",
  title: "Zed",
  about: "an editor with an agent",
  speaks: "chat",
  isAgent: true,
  guessesContext: true,
  signs: { commands: ["zed"], paths: ({ configHome }) => [join(configHome, "zed")] },
  environment: ({ key }) => ({ SAHAB_API_KEY: key }),
  steps: ({ address, model, models }) => [
    "In Zed's settings.json (zed: open settings file), merged with what is there:",
    ...JSON.stringify(
      {
        language_models: {
          openai_compatible: {
            Sahab: {
              api_url: chatBase(address),
              available_models: models.map(({ name, context, output, tools, images }) => ({
                name,
                max_tokens: context ?? usualContext,
                ...(output !== undefined && { max_output_tokens: output }),
                capabilities: {
                  tools: tools ?? true,
                  images: images ?? false,
                  parallel_tool_calls: false,
                  prompt_cache_key: false,
                },
              })),
            },
          },
        },
        agent: { default_model: { provider: "Sahab", model: model.name } },
      },
      null,
      2,
    )
      .split("\n")
      .map((line) => `  ${line}`),
    "The key: paste it under Agent Settings, LLM Providers, Sahab, or start Zed with the variable.",
  ],
  start: "zed",
  notes: ["Zed keeps the key in the system's keychain, so `--write` cannot put it there."],
  seen: { version: "main", source: "zed-industries/zed, docs/src/ai/llm-providers.md", date },
};
