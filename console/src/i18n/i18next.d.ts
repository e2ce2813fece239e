import "i18next";
import type health from "./locales/en/health.json";
import type chat from "./locales/en/chat.json";
import type home from "./locales/en/home.json";
import type requests from "./locales/en/requests.json";
import type connect from "./locales/en/connect.json";
import type keys from "./locales/en/keys.json";
import type projects from "./locales/en/projects.json";
import type terms from "./locales/en/terms.json";
import type models from "./locales/en/models.json";
import type providers from "./locales/en/providers.json";
import type settings from "./locales/en/settings.json";
import type shell from "./locales/en/shell.json";
import type ui from "./locales/en/ui.json";
import type usage from "./locales/en/usage.json";

// The namespaces that there are: a key that is in none of them is an error of types. One line for each page.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: {
      health: typeof health;
      chat: typeof chat;
      home: typeof home;
      requests: typeof requests;
      connect: typeof connect;
      keys: typeof keys;
      projects: typeof projects;
      terms: typeof terms;
      models: typeof models;
      providers: typeof providers;
      settings: typeof settings;
      shell: typeof shell;
      ui: typeof ui;
      usage: typeof usage;
    };
  }
}
