export { describeExpiry } from "./describe-expiry.ts";
export { readCertificate } from "./read-certificate.ts";
export { ServerCertificate } from "./server-certificate.ts";
