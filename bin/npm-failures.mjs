// What npm's and the file system's error codes mean for somebody who only wants to start Sahab.
import * as fs from "node:fs";

const codes = {
  name: ["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL"],
  connection: ["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ECONNRESET", "ENETDOWN", "EPIPE", "ERR_SOCKET_CLOSED"],
  time: ["ETIMEDOUT", "ESOCKETTIMEDOUT", "ERR_SOCKET_TIMEOUT", "FETCH_ERROR", "EIDLETIMEOUT", "ECONNECTIONTIMEOUT"],
  certificate: [
    "SELF_SIGNED_CERT_IN_CHAIN",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ],
  proxy: ["E407"],
  login: ["E401", "E403"],
  missing: ["E404", "ETARGET"],
  changed: ["EINTEGRITY"],
  disk: ["ENOSPC", "EDQUOT"],
  rights: ["EACCES", "EPERM", "EROFS"],
};
/** Those of the way to the registry, which are the same for each package. */
const network = new Set(["name", "connection", "time", "certificate", "proxy"]);

/** The kind of a failure by the codes in what was printed; undefined where none is known. */
export function failureKind(lines) {
  const text = lines.join("\n");
  // A full disk makes npm fail in other ways, too, so it is looked for first.
  const order = ["disk", "rights", ...Object.keys(codes)];
  return order.find((kind) => codes[kind].some((code) => new RegExp(`\\b${code}\\b`).test(text)));
}

export const isNetworkFailure = (kind) => network.has(kind);

/** Why packages could not be fetched, as a sentence's end, and what to do: lines. */
export function explainFailure(kind, { folder, settings = {}, path }) {
  const registry = settings.registry ?? "the package registry";
  switch (kind) {
    case "name":
      return [
        `the address of the package registry is not found: ${registry}. There is no network here, or no DNS`,
        ...ways(settings),
      ];
    case "connection":
      return [`the package registry cannot be reached: ${registry}`, ...ways(settings)];
    case "time":
      return [`the package registry does not answer: ${registry}`, ...ways(settings)];
    case "certificate":
      return [
        `the certificate of the package registry is not trusted: ${registry}. A proxy that opens TLS has a certificate of its own`,
        "  - name the file of its authority: npm config set cafile /path/to/ca.pem",
      ];
    case "proxy":
      return [
        `the proxy wants a name and a password: ${settings.proxy ?? "unknown"}`,
        "  - npm config set https-proxy http://NAME:PASSWORD@HOST:PORT",
      ];
    case "login":
      return [
        `the package registry refuses this user: ${registry}`,
        `  - log in: npm login --registry=${registry}`,
        anotherRegistry,
      ];
    case "missing":
      return [`the package registry lacks a package that Sahab needs (named above): ${registry}`, anotherRegistry];
    case "changed":
      return [
        "the registry gave other packages than those of this version (EINTEGRITY), so none of them is used",
        "  - clear what npm kept, then try again: npm cache clean --force",
        anotherRegistry,
      ];
    case "disk":
      return [
        `the disk is full: ${[folder, settings.cache].filter(Boolean).map(freeOf).join("; ")}. The installation needs about 350 MB, and npm's cache 150 MB`,
        "  - make room, or put the folder elsewhere; npm's cache: npm config set cache /path/with/room",
      ];
    case "rights":
      return [
        `this user may not write in ${path ?? folder}`,
        "  - run it as the user to whom the folder belongs, or make a clone where this user may write",
        ...(path === undefined || path.startsWith(folder)
          ? []
          : [`  - or give npm another cache: npm config set cache /path/of/yours`]),
      ];
    default:
      return ["npm failed, see its message above"];
  }
}

const anotherRegistry = "  - or use another registry: npm config set registry https://HOST/";

function ways(settings) {
  return [
    `  - behind a proxy: npm config set https-proxy http://HOST:PORT (now: ${settings.proxy ?? "none"})`,
    `  - a mirror of the registry: npm config set registry https://HOST/ (now: ${settings.registry ?? "npm's own"})`,
    "  - without a network: copy this folder, with its node_modules, from a machine of the same kind on which Sahab was started once",
  ];
}

function freeOf(path) {
  try {
    const { bavail, bsize } = fs.statfsSync(path);
    return `${path} has ${Math.floor((bavail * bsize) / 1e6)} MB left`;
  } catch {
    return path;
  }
}
