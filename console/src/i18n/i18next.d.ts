import "i18next";
import type chat from "./locales/en/chat.json";
import type home from "./locales/en/home.json";
import type connect from "./locales/en/connect.json";
import type keys from "./locales/en/keys.json";
import type projects from "./locales/en/projects.json";
import type terms from "./locales/en/terms.json";
import type shell from "./locales/en/shell.json";
import type ui from "./locales/en/ui.json";

// The namespaces that there are: a key that is in none of them is an error of types. One line for each page.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: {
      chat: typeof chat;
      home: typeof home;
      connect: typeof connect;
      keys: typeof keys;
      projects: typeof projects;
      terms: typeof terms;
      shell: typeof shell;
      ui: typeof ui;
    };
  }
}
