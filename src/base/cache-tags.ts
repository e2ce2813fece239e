import { createHmac, scryptSync } from "node:crypto";

/** Names a project to a provider's prefix cache; `own` is what the client adds to it. */
export type CacheTagger = (provider: string, project: string, own?: string) => string;

/**
 * Tags by HMAC under a secret of this installation: the same after a restart and in every process with this master key,
 * another one at each provider, and of no use to guess a project's name or another's tag. Providers see tags, so the secret
 * is derived by scrypt: a master key that is a passphrase can't be guessed from them at the speed of a hash. That takes 0.1 s, so it
 * is done with the first tag: most installations have none.
 */
export function createCacheTagger(masterKey: string): CacheTagger {
  let secret: Buffer | undefined;
  return (provider, project, own) =>
    createHmac("sha256", (secret ??= scryptSync(masterKey, "sahab cache tags", 32, scryptCost)))
      .update(JSON.stringify(own === undefined ? [provider, project] : [provider, project, own]))
      .digest("hex")
      .slice(0, tagChars);
}

/** That of sealed values (seal.ts). */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
/** 128 bits: nobody meets another's tag by chance or by trying. */
const tagChars = 32;
