import { expect, test } from "bun:test";
import { findOriginFault } from "./find-origin-fault.ts";

test.each([
  "*",
  "null",
  "https://app.example",
  "http://localhost:3000",
  "http://127.0.0.1:5173",
  "http://[::1]:3000",
  "https://xn--bcher-kva.example",
  "app://obsidian.md",
  "capacitor://localhost",
  "vscode-webview://1a2b3c",
  "chrome-extension://abcdefghijklmnop",
])("an origin: %s", (text) => expect(findOriginFault(text)).toBeUndefined());

test.each([
  ["https://app.example/", "an origin has no path, so https://app.example may be meant"],
  ["https://app.example/v1?x=1", "an origin has no path, so https://app.example may be meant"],
  ["https://App.Example", "browsers write this origin as https://app.example"],
  ["HTTPS://app.example", "browsers write this origin as https://app.example"],
  ["https://app.example:443", "browsers write this origin as https://app.example"],
  ["http://app.example:80", "browsers write this origin as http://app.example"],
  ["App://Obsidian.md", "browsers write this origin as app://obsidian.md"],
  ["https://*.example", "a part of an origin cannot be *, so name each one"],
  ["app.example", "a scheme such as https:// comes first"],
  ["", "a scheme such as https:// comes first"],
  ["https://bücher.example", "names in other letters are written as xn--…"],
  ["https://a.example, https://b.example", "expected an origin"],
  ["https://user@app.example", "expected an origin"],
  ["https://app.example\r\nx: y", "expected an origin"],
  ["https://app.example:99999", "browsers write this origin as scheme://host:port"],
])("no origin: %j", (text, reason) => expect(findOriginFault(text)).toContain(reason));
