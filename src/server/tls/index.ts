export { ServerCertificate } from "./server-certificate.ts";
