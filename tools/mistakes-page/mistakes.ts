import type { World } from "./world.ts";

/** A mistake that newcomers make: what is typed or sent, and how the test does it. */
export type Mistake = { title: string; group: string } & (CommandMistake | RequestMistake);

interface CommandMistake {
  typed: string;
  args: string[];
  /** A person's variables, beside those that lead to the server. */
  env?: (world: World) => Record<string, string>;
  /** What is in cloud.yaml beside the command. */
  file?: string;
}

interface RequestMistake {
  sent: string;
  method?: string;
  path: string;
  headers?: (world: World) => Record<string, string>;
  body?: string;
}

const words = (line: string) => line.replace(/^(?:npm run )?sahab /, "").split(" ");
const command = (title: string, typed: string, more: Partial<CommandMistake> = {}): Mistake => ({
  group: "Commands",
  title,
  typed,
  args: words(typed),
  ...more,
});
const cloud = (title: string, file: string): Mistake => ({
  ...command(title, "sahab apply -f cloud.yaml", { file }),
  group: "cloud.yaml",
});
/** Another person's server is reached by SAHAB_URL; the key goes with it. */
const elsewhere = (title: string, shown: string, url: (world: World) => string): Mistake =>
  command(title, `SAHAB_URL=${shown} sahab models`, { args: ["models"], env: (world) => ({ SAHAB_URL: url(world) }) });

const chat = '{"model": "chat-cheap", "messages": [{"role": "user", "content": "Hi"}]}';
const request = (title: string, sent: string, more: Partial<RequestMistake> = {}): Mistake => ({
  group: "Requests",
  title,
  sent,
  path: "/v1/chat/completions",
  body: chat,
  headers: ({ key }) => ({ authorization: `Bearer ${key}` }),
  ...more,
});
const withKey = (title: string, sent: string, key: string | ((world: World) => string)): Mistake => ({
  ...request(title, sent, {
    headers: (world) => ({ authorization: `Bearer ${typeof key === "string" ? key : key(world)}` }),
  }),
  group: "Keys",
});
/** Made up, and in the form of real ones. */
const openaiKey = `sk-proj-${"a1B2c3D4".repeat(6)}`;

export const mistakes: readonly Mistake[] = [
  command("`--` of npm forgotten", "npm run sahab key create anna --project search-team", {
    args: ["key", "create", "anna", "search-team"],
    env: () => ({ npm_lifecycle_event: "sahab", npm_config_project: "true" }),
  }),
  command("`--` forgotten before a short option", "npm run sahab plan demand -f day.yaml", {
    args: ["plan", "demand", "day.yaml"],
    env: () => ({ npm_lifecycle_event: "sahab", npm_config_force: "true" }),
  }),
  command("A command misspelt", "sahab chatt nano"),
  command("An option misspelt", "sahab models --jsn"),
  command("A command of other programs", "sahab logs"),
  command("A setting of the start as an option", "sahab up --port 9000"),
  command("The port is taken", "sahab up", {
    env: ({ port, folder }) => ({ SAHAB_PORT: port, SAHAB_DATA: `${folder}/second` }),
  }),
  command("Sahab runs already", "sahab up", { env: ({ freePort }) => ({ SAHAB_PORT: freePort }) }),
  command("No server runs", "sahab models", { env: ({ freePort }) => ({ SAHAB_PORT: freePort }) }),
  elsewhere("An address without a scheme", "localhost:8787", ({ port }) => `localhost:${port}`),
  elsewhere("https to a port that speaks http", "https://127.0.0.1:8787", ({ port }) => `https://127.0.0.1:${port}`),
  elsewhere(
    "http to a port that speaks https",
    "http://127.0.0.1:8443",
    ({ tlsPort }) => `http://127.0.0.1:${tlsPort}`,
  ),
  command("A vendor's key as the admin key", "SAHAB_ADMIN_KEY=sk-proj-… sahab models", {
    args: ["models"],
    env: () => ({ SAHAB_ADMIN_KEY: openaiKey }),
  }),
  command("A key for models as the admin key", "SAHAB_ADMIN_KEY=sk-sahab-… sahab models", {
    args: ["models"],
    env: ({ key }) => ({ SAHAB_ADMIN_KEY: key }),
  }),
  command("A model's file that is not there", "sahab pull ./qwen.gguf"),
  command("A file that is no model", "sahab pull ./cloud.yaml", { file: "projects: [{ name: default }]\n" }),
  command("A model's name misspelt", "sahab chat chat-chaep Hi"),
  command("A project's name misspelt", "sahab key create anna --project serch-team"),
  command("Removing where nobody can be asked", "sahab rm chat-cheap"),
  { ...command("The file is not there", "sahab apply -f clod.yaml"), group: "cloud.yaml" },
  cloud("A tab instead of spaces", "projects:\n\t- name: default\n"),
  cloud("A field misspelt", "projects: [{ name: default, bugdet: { amount: 5, period: month } }]\n"),
  cloud(
    "A variable that is not set",
    "providers: [{ name: deepseek, vendor: deepseek, api_key: '${DEEPSEEK_API_KEY}' }]\nprojects: [{ name: default }]\n",
  ),
  cloud(
    "A provider that is not declared",
    "models: [{ name: chat, targets: [{ provider: my-server, model: llama }] }]\nprojects: [{ name: default }, { name: search-team }]\n",
  ),
  cloud("A model that runs nowhere", "models: [{ name: chat }]\nprojects: [{ name: default }]\n"),
  cloud(
    "A price that is no number",
    "models: [{ name: chat, local: { file: nano.gguf }, price: { currency: USD, input: cheap, output: 1 } }]\nprojects: [{ name: default }]\n",
  ),
  { ...request("No key", "no header", { headers: () => ({}) }), group: "Keys" },
  withKey("The variable with the key is empty", "Authorization: Bearer", ""),
  withKey("The variable was not filled in", "Authorization: Bearer $SAHAB_KEY", "$SAHAB_KEY"),
  withKey("A key of OpenAI", "Authorization: Bearer sk-proj-…", openaiKey),
  withKey("A masked key, copied from a list", "Authorization: Bearer sk-sahab-abcde...", "sk-sahab-abcde..."),
  withKey("Half a key", "Authorization: Bearer sk-sahab-0123456789", "sk-sahab-0123456789"),
  withKey("White space in the key", "Authorization: Bearer sk-sahab-01234 56789", "sk-sahab-01234 56789"),
  withKey("A key that was revoked", "Authorization: Bearer sk-sahab-…", ({ revoked }) => revoked),
  withKey("A key that has expired", "Authorization: Bearer sk-sahab-…", ({ expired }) => expired),
  withKey("A key of role metrics", "Authorization: Bearer sk-sahab-…", ({ metrics }) => metrics),
  {
    ...request("A key for models on the admin API", "GET /admin/v1/keys", { method: "GET", path: "/admin/v1/keys" }),
    group: "Keys",
  },
  {
    ...request("A key of Anthropic, in its own header", "x-api-key: sk-ant-…", {
      path: "/v1/messages",
      headers: () => ({ "x-api-key": "sk-ant-api03-a1B2c3D4e5F6g7H8", "anthropic-version": "2023-06-01" }),
    }),
    group: "Keys",
  },
  request("A path misspelt", "POST /v1/chat/completion", { path: "/v1/chat/completion" }),
  request("The path of another program", "POST /api/chat", { path: "/api/chat" }),
  request("GET instead of POST", "GET /v1/chat/completions", { method: "GET" }),
  request("JSON that is cut off", '{"model": "chat-cheap", "messages": [', {
    body: '{"model": "chat-cheap", "messages": [',
  }),
  request("No model", '{"messages": […]}', { body: '{"messages": [{"role": "user", "content": "Hi"}]}' }),
  request("A model's name misspelt", '{"model": "chat-chaep", …}', { body: chat.replace("chat-cheap", "chat-chaep") }),
  request("No messages", '{"model": "chat-cheap"}', { body: '{"model": "chat-cheap"}' }),
  request("`stream` as a text", '{"stream": "yes", …}', { body: chat.replace("{", '{"stream": "yes", ') }),
  request("A model without a price", '{"model": "unpriced", …}', { body: chat.replace("chat-cheap", "unpriced") }),
  request("The budget is used up", '{"model": "chat-cheap", …}', {
    headers: ({ poor }) => ({ authorization: `Bearer ${poor}` }),
  }),
  request("The vendor's address leads nowhere, as localhost in a container does", '{"model": "unreachable", …}', {
    body: chat.replace("chat-cheap", "unreachable"),
  }),
];
