import { headerLine, joinHeaders, noHeaders, type HeaderLines } from "../http/index.ts";

/** What the page may load, and where: nothing from elsewhere, no script or style that stands in the page itself. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const common = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Of the page, which names the files of its build and so is asked for anew each time. */
export const pageHeaders = lines({
  ...common,
  "cache-control": "no-cache",
  "permissions-policy":
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), publickey-credentials-get=(), usb=()",
  "x-frame-options": "DENY",
});

/** Of files whose names are made of their content. */
export const assetHeaders = lines({ ...common, "cache-control": "public, max-age=31536000, immutable" });

function lines(headers: Record<string, string>): HeaderLines {
  return Object.entries(headers).reduce((all, [name, value]) => joinHeaders(all, headerLine(name, value)), noHeaders);
}
