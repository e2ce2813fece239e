export { findForbidden } from "./access.ts";
export { describeUnresolved } from "./describe-unresolved.ts";
export { parseSecretReference, referencesOf } from "./reference.ts";
export { ReferencedSecrets } from "./referenced-secrets.ts";
export { withOneKeyEach, withValues, type SecretValues } from "./with-values.ts";
