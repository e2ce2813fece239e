import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { parseEnvironment } from "./environment.ts";

test("defaults", () => {
  expect(parseEnvironment({})).toMatchObject({
    host: "127.0.0.1",
    port: 8787,
    workers: 1,
    logLevel: "info",
    adminKey: undefined,
    configFile: undefined,
  });
  expect(parseEnvironment({ SAHAB_PORT: " ", SAHAB_WORKERS: "" })).toMatchObject({ port: 8787, workers: 1 });
});

test("wrong values are refused in a line that names the variable and what is allowed", () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ SAHAB_PORT: "http" }, /SAHAB_PORT is "http".*0 to 65535/],
    [{ SAHAB_PORT: "65536" }, /SAHAB_PORT/],
    [{ SAHAB_PORT: "80.5" }, /SAHAB_PORT/],
    [{ SAHAB_WORKERS: "0" }, /SAHAB_WORKERS.*1 to 64/],
    [{ SAHAB_ADMIN_KEY: "short" }, /SAHAB_ADMIN_KEY has 5 characters.*16/],
    [{ SAHAB_TRUSTED_PROXIES: "10.0.0.1, proxy" }, /SAHAB_TRUSTED_PROXIES has "proxy"; .*10.0.0.0\/8/],
    [{ SAHAB_ADMIN_ADDRESSES: "10.0.0.1, office" }, /SAHAB_ADMIN_ADDRESSES has "office"; .*10.0.0.0\/8/],
    [{ SAHAB_ADMIN_ADDRESSES: " , " }, /SAHAB_ADMIN_ADDRESSES has no address/],
    [{ SAHAB_ALLOWED_HOSTS: "a.example https://b" }, /SAHAB_ALLOWED_HOSTS has "https:\/\/b"; .*sahab.example/],
    [{ SAHAB_LOG: "loud" }, /SAHAB_LOG is "loud"; allowed: trace/],
  ];
  for (const [variables, message] of cases) expect(() => parseEnvironment(variables)).toThrow(message);
});

test("a variable that is misspelt is told, and what others read is not", () => {
  const variables = { SAHAB_PROT: "1", SAHAB_DATA_DIR: "/x", SAHAB_TRUSTED_PROXY: "10.0.0.1", SAHAB_ADMINKEY: "" };
  const meant = ["SAHAB_PORT", "SAHAB_DATA", "SAHAB_TRUSTED_PROXIES", "SAHAB_ADMIN_KEY"];
  expect(parseEnvironment(variables).misspelt).toEqual(
    Object.keys(variables).map((name, at) => `${name} is no variable of Sahab; did you mean ${meant[at]}?`),
  );
  const others = {
    SAHAB_KEY: "x",
    SAHAB_API_KEY: "x",
    SAHAB_BACKUP_PASSPHRASE: "x",
    SAHAB_ADMIN_KEY_FILE: "",
    PROT: "1",
  };
  expect(parseEnvironment({ ...others, SAHAB_PORT: "1", SAHAB_TEAM_COLOUR: "red" }).misspelt).toEqual([]);
});

test("the address of a Sahab may end as the bases of clients do", () => {
  for (const end of ["", "/", "/v1", "/v1/", "/v1beta", "/admin/v1"])
    expect(parseEnvironment({ SAHAB_URL: `https://ai.example.com${end}` }).url).toBe("https://ai.example.com");
  expect(parseEnvironment({ SAHAB_URL: "https://example.com/sahab/v1" }).url).toBe("https://example.com/sahab");
  expect(parseEnvironment({ SAHAB_URL: "https://example.com/chat" }).url).toBe("https://example.com/chat");
});

test("messages contain no secrets", () => {
  const read = (variables: Record<string, string>) => {
    try {
      parseEnvironment(variables);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(read({ SAHAB_ADMIN_KEY: "pa55word" })).not.toContain("pa55");
  const database = read({ SAHAB_DATABASE_URL: "mysql://user:pa55word@host/db" });
  expect(database).toContain("SAHAB_DATABASE_URL");
  expect(database).not.toContain("pa55");
  for (const wrong of [
    "postgres://u:12?pa55word@host/db",
    "postgres://u:pa55word@host/db?sslmode=on",
    "postgres://:pa55word@h",
  ])
    expect(read({ SAHAB_DATABASE_URL: wrong })).toMatch(
      /^SAHAB_DATABASE_URL is not the address of a PostgreSQL database: (?!.*pa55)/,
    );
  const { wrong } = parseEnvironment({ HTTPS_PROXY: "http://user:pa55word@proxy/path" }).proxies;
  expect(wrong?.https).toContain("HTTPS_PROXY");
  expect(wrong?.https).not.toContain("pa55");
});

test("proxies: small letters come first, the scheme may be left out, escapes in the password are undone", () => {
  const { proxies } = parseEnvironment({
    https_proxy: "small.example:3128",
    HTTPS_PROXY: "http://large.example",
    HTTP_PROXY: "http://user:p%40ss@[fd00::1]:8080/",
    NO_PROXY: " a.example ",
  });
  const encoded = Buffer.from("user:p@ss").toString("base64");
  expect(proxies).toEqual({
    https: { host: "small.example", port: 3128, authorization: undefined, secrets: [] },
    http: { host: "fd00::1", port: 8080, authorization: `Basic ${encoded}`, secrets: ["p@ss", encoded] },
    none: "a.example",
  });
  expect(parseEnvironment({}).proxies).toEqual({ https: undefined, http: undefined, none: "" });
});

test("lists have commas or spaces between their entries", () => {
  const { trustedProxies, allowedHosts } = parseEnvironment({
    SAHAB_TRUSTED_PROXIES: "10.0.0.0/8,fd00::1  192.168.1.7",
    SAHAB_ALLOWED_HOSTS: "a.example, [fd00::1]:8443",
  });
  expect(["10.1.1.1", "fd00::1", "192.168.1.7", "11.0.0.1"].map((each) => trustedProxies.includes(each))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(allowedHosts).toEqual(["a.example", "[fd00::1]:8443"]);
  expect(parseEnvironment({})).toMatchObject({ allowedHosts: undefined });
  expect(parseEnvironment({}).trustedProxies.isEmpty).toBe(true);
});

test("hubs are asked where their own programs ask them, with the token that is for pulls first", () => {
  const hubsOf = (variables: Record<string, string>) => parseEnvironment(variables).modelSources.hubs;
  expect(hubsOf({})).toEqual({
    huggingFace: { endpoint: "https://huggingface.co", token: undefined },
    modelScope: { endpoint: "https://www.modelscope.cn", token: undefined },
  });
  expect(
    hubsOf({
      HF_ENDPOINT: "https://mirror.example/hf/",
      HF_TOKEN: "one",
      HUGGING_FACE_HUB_TOKEN: "two",
      MODELSCOPE_DOMAIN: "www.modelscope.ai",
      MODELSCOPE_API_TOKEN: "three",
    }),
  ).toEqual({
    huggingFace: { endpoint: "https://mirror.example/hf", token: "two" },
    modelScope: { endpoint: "https://www.modelscope.ai", token: "three" },
  });
  expect(hubsOf({ HF_TOKEN: "one" }).huggingFace.token).toBe("one");
  for (const [text, endpoint] of [
    ["hf-mirror.example", "https://hf-mirror.example"],
    ["localhost:8080/hf/", "https://localhost:8080/hf"],
    ["http://10.0.0.7", "http://10.0.0.7"],
  ] as const)
    expect(hubsOf({ HF_ENDPOINT: text }).huggingFace.endpoint).toBe(endpoint);
});

test("a wrong variable of a hub is a fault of that hub alone, told without user, token and query", () => {
  for (const variables of [
    { HF_ENDPOINT: "ftp://mirror.example" },
    { HF_ENDPOINT: "https://mirror.example/hf?token=hidden" },
    { HF_ENDPOINT: "mirror.example#hidden" },
    { HF_ENDPOINT: "https://user:hidden@mirror.example" },
    { HF_ENDPOINT: "two words" },
    { HF_TOKEN: "hidden ünd" },
    { HF_TOKEN: "hidden ünd", HUGGING_FACE_HUB_TOKEN: "fine" },
  ]) {
    const { huggingFace, modelScope } = parseEnvironment(variables).modelSources.hubs;
    const [name = ""] = Object.keys(variables);
    expect(huggingFace).toEqual({
      endpoint: "https://huggingface.co",
      token: undefined,
      fault: expect.stringContaining(name),
    });
    expect(huggingFace.fault).not.toContain("hidden");
    expect(huggingFace.fault).toContain("allowed");
    expect(modelScope.fault).toBeUndefined();
  }
});

test("secrets may be in files that variables with _FILE name", () => {
  const folder = makeTemporaryFolder();
  try {
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const admin = file("admin", "an-admin-key-of-tests\n");
    const database = file("database", "postgres://sahab:secret@db/sahab\n");
    const master = file("master", "a master key of the tests");
    const files = { SAHAB_ADMIN_KEY_FILE: admin, SAHAB_DATABASE_URL_FILE: database, SAHAB_MASTER_KEY_FILE: master };
    expect(parseEnvironment(files)).toMatchObject({
      adminKey: "an-admin-key-of-tests",
      masterKey: "a master key of the tests",
      database: { host: "db", password: "secret" },
      keysInEnvironment: [],
    });
    const wrong: [Record<string, string>, RegExp][] = [
      [{ ...files, SAHAB_ADMIN_KEY: "another-admin-key" }, /SAHAB_ADMIN_KEY and SAHAB_ADMIN_KEY_FILE are both set/],
      [{ SAHAB_ADMIN_KEY_FILE: join(folder, "none") }, /SAHAB_ADMIN_KEY_FILE cannot be read \(ENOENT\)/],
      [{ SAHAB_MASTER_KEY_FILE: file("empty", "\n") }, /SAHAB_MASTER_KEY_FILE has 0 characters.*1 to 8192/],
      [{ SAHAB_MASTER_KEY_FILE: file("long", "k".repeat(9_000)) }, /SAHAB_MASTER_KEY_FILE has 9000 characters/],
    ];
    for (const [variables, message] of wrong) expect(() => parseEnvironment(variables)).toThrow(message);
  } finally {
    removeTemporaryFolder(folder);
  }
});
