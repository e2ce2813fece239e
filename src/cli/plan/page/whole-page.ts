import { html, raw } from "hono/html";
import type { Markup } from "./chart.ts";
import { pageStyle } from "./page-style.ts";

/** One page that holds all it needs: no script, nothing from elsewhere. `made` is its last line. */
export async function wholePage(title: string, body: Markup, made: string): Promise<string> {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${raw(pageStyle)}
        </style>
      </head>
      <body>
        <main>${body}</main>
        <footer><p>${made}</p></footer>
      </body>
    </html> `;
  return String(await page);
}

export function notesSection(notes: readonly string[]): Markup {
  if (notes.length === 0) return html``;
  return html`<h2>Notes</h2>
    ${notes.map((note) => html`<p>${note}</p>`)}`;
}
