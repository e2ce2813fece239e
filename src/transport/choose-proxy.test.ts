import { expect, test } from "bun:test";
import { parseEnvironment, refuseWrongProxies } from "../base/environment.ts";
import { parseProxyAddress } from "../base/proxy-address.ts";
import { chooseProxy } from "./choose-proxy.ts";

const https = parseProxyAddress("http://secure:1");
const http = parseProxyAddress("http://plain:2");

const isDirect = (none: string, url: string) => chooseProxy({ https, http, none }, new URL(url)) === undefined;

test("each scheme has its own proxy", () => {
  expect(chooseProxy({ https, http, none: "" }, new URL("https://a.example"))).toBe(https);
  expect(chooseProxy({ https, http, none: "" }, new URL("http://a.example"))).toBe(http);
  expect(chooseProxy({ https, http: undefined, none: "" }, new URL("http://a.example"))).toBeUndefined();
});

test("this machine itself is never behind a proxy", () => {
  for (const host of ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
    expect(isDirect("", `http://${host}:8000`)).toBe(true);
  for (const host of ["localhost.example", "10.0.0.1", "[fd00::1]"]) expect(isDirect("", `http://${host}`)).toBe(false);
});

test.each([
  ["*", "https://a.example", true],
  ["example.com", "https://example.com", true],
  ["example.com", "https://api.example.com", true],
  ["example.com", "https://notexample.com", false],
  ["example.com", "https://example.com.evil", false],
  [".example.com", "https://api.example.com", true],
  ["*.example.com", "https://api.example.com", true],
  ["EXAMPLE.com", "https://api.Example.COM.", true],
  ["a.example, b.example", "https://b.example", true],
  ["a.example b.example", "https://b.example", true],
  ["example.com:443", "https://example.com", true],
  ["example.com:8443", "https://example.com", false],
  ["example.com:8443", "https://api.example.com:8443", true],
  ["10.1.2.3", "http://10.1.2.3", true],
  ["10.1.2.3:80", "http://10.1.2.3", true],
  ["10.1.2.3:81", "http://10.1.2.3", false],
  ["10.1.2.3", "http://10.1.2.30", false],
  ["10.0.0.0/8", "http://10.200.1.1", true],
  ["10.0.0.0/8", "http://11.0.0.1", false],
  ["10.0.0.0/99", "http://10.0.0.1", false],
  ["2.3", "http://10.1.2.3", false],
  ["fd00::/8", "http://[fd12::1]", true],
  ["[fd12::1]:8080", "http://[fd12::1]:8080", true],
  ["fd12::1", "http://[fd12:0::1]", true],
  ["fd12::1", "http://[fd12::2]", false],
  ["10.0.0.0/8", "http://ten.example", false],
  [",, ,", "http://a.example", false],
  ["", "http://a.example", false],
])("NO_PROXY=%j, %s: %p", (none, url, expected) => {
  expect(isDirect(none, url)).toBe(expected);
});

test("a proxy's address that is wrong fails what would use it, and nothing else", () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ HTTPS_PROXY: "socks5://p:1" }, /^HTTPS_PROXY is not.*http:\/\/.*socks5:\/\/ proxies are not supported/],
    [{ https_proxy: "https://p:1" }, /^https_proxy is not.*https:\/\/ proxies are not supported/],
    [
      { HTTPS_PROXY: "http://p:1/path" },
      /^HTTPS_PROXY is not the address of an HTTP proxy: expected.*http:\/\/proxy:3128/,
    ],
  ];
  for (const [variables, message] of cases) {
    const { proxies } = parseEnvironment({ ...variables, NO_PROXY: "near.example" });
    expect(() => refuseWrongProxies(proxies)).toThrow(message);
    expect(() => chooseProxy(proxies, new URL("https://far.example"))).toThrow(message);
    for (const direct of ["https://127.0.0.1:1", "https://localhost", "https://near.example", "http://far.example"])
      expect(chooseProxy(proxies, new URL(direct))).toBeUndefined();
  }
});
