import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scryptSync } from "node:crypto";
import { must } from "./assert.ts";
import { readMasterKeys, type MasterKeyPlace } from "./master-key.ts";

/**
 * Of sealed values. 1: the cipher's key by HKDF-SHA-256, without a salt; only opened. 2: by scrypt, with a salt that the value
 * holds, so that a passphrase can't be guessed at the speed of a hash.
 */
const versions = { hkdf: 1, scrypt: 2 } as const;
/** Part of the message of a failure that only another master key can mend. */
export const wrongMasterKey = "the master key is not the one that sealed it";
const saltBytes = 16;
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** 32 MiB and about 0.1 s for each guess (RFC 7914; OWASP's cheat sheet on storing passwords names these). */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** Encrypts secrets at rest with AES-256-GCM. The context (such as `provider:deepseek`) is authenticated, so a sealed value cannot be used in another place. */
export interface Sealer {
  seal(plain: string, context: string): Uint8Array;
  /** Throws for another key or context, and for a changed value. */
  open(sealed: Uint8Array, context: string): string;
}

/** A sealer over the keys of a place, each any text of at least 16 characters; they are read anew each time, since they may change. */
export function createSealer(place: string | MasterKeyPlace): Sealer {
  const readKeys = () => (typeof place === "string" ? [place] : readMasterKeys(place));
  const sealers = new Map<string, Sealer>();
  const sealerOf = (key: string): Sealer => {
    let sealer = sealers.get(key);
    if (!sealer) sealers.set(key, (sealer = createSealerOf(key)));
    return sealer;
  };
  return {
    seal: (plain, context) => sealerOf(must(readKeys()[0], "there is a master key")).seal(plain, context),
    open(sealed, context) {
      let failure: unknown = new Error(`Cannot open the secret of ${context}: there is no master key`);
      for (const key of readKeys()) {
        try {
          return sealerOf(key).open(sealed, context);
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    },
  };
}

/** The cipher's key is derived when it is first needed, and kept. */
function createSealerOf(masterKey: string): Sealer {
  const derived = new Map<string, Uint8Array>();
  /** That of the values that are there, so that they all share one key. */
  let lastSalt: Buffer | undefined;
  const derive = (salt: Buffer): Uint8Array => {
    const name = salt.toString("hex");
    let key = derived.get(name);
    if (!key) derived.set(name, (key = scryptSync(masterKey, salt, 32, scryptCost)));
    return key;
  };
  const deriveOld = () => new Uint8Array(hkdfSync("sha256", masterKey, "sahab", "secrets at rest", 32));
  return {
    seal(plain, context) {
      const salt = (lastSalt ??= randomBytes(saltBytes));
      return Buffer.concat([Buffer.of(versions.scrypt), salt, encrypt(derive(salt), plain, context)]);
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const [version] = bytes;
      const start = version === versions.hkdf ? 1 : 1 + saltBytes;
      const isKnown = version === versions.hkdf || version === versions.scrypt;
      if (!isKnown || bytes.length < start + nonceBytes + tagBytes)
        throw new Error(`Cannot open the secret of ${context}: unknown format`);
      const salt = version === versions.hkdf ? undefined : Buffer.from(bytes.subarray(1, start));
      const key = salt ? derive(salt) : deriveOld();
      try {
        const plain = decrypt(key, bytes.subarray(start), context);
        lastSalt = salt ?? lastSalt;
        return plain;
      } catch (cause) {
        throw new Error(`Cannot open the secret of ${context}: ${wrongMasterKey}`, {
          cause,
        });
      }
    },
  };
}

/** A new key for `createKeySealer`, as text. */
export function createDataKey(): string {
  return randomBytes(keyBytes).toString("base64");
}

/**
 * A sealer with a random key, which is itself kept sealed with the master key: what is sealed with it need not be sealed anew
 * when the master key changes, and no key has to be derived to open it.
 */
export function createKeySealer(dataKey: string): Sealer {
  const key = Buffer.from(dataKey, "base64");
  return {
    seal: (plain, context) => encrypt(key, plain, context),
    open(sealed, context) {
      try {
        return decrypt(key, Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength), context);
      } catch (cause) {
        throw new Error(`Cannot open what is kept as ${context}: it is damaged, or sealed with another key`, { cause });
      }
    },
  };
}

/** What sealing adds to bytes. */
export const sealedExtraBytes = nonceBytes + tagBytes;

/** The same for bytes, such as pieces of a file. */
export interface ByteSealer {
  seal(plain: Uint8Array, context: string): Buffer;
  /** Throws as the one above does. */
  open(sealed: Uint8Array, context: string): Buffer;
}

export function createByteSealer(dataKey: string): ByteSealer {
  const key = Buffer.from(dataKey, "base64");
  return {
    seal: (plain, context) => encrypt(key, plain, context),
    open(sealed, context) {
      try {
        return decryptBytes(key, Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength), context);
      } catch (cause) {
        throw new Error(`Cannot open ${context}: it is damaged, or sealed with another key`, { cause });
      }
    },
  };
}

/** Nonce, tag and what was encrypted. */
function encrypt(key: Uint8Array, plain: string | Uint8Array, context: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain);
  const rest = cipher.final();
  return Buffer.concat([nonce, cipher.getAuthTag(), body, rest]);
}

/** Throws for another key or context, and for a changed value. */
function decrypt(key: Uint8Array, sealed: Buffer, context: string): string {
  return decryptBytes(key, sealed, context).toString("utf8");
}

function decryptBytes(key: Uint8Array, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  const opened = decipher.update(sealed.subarray(nonceBytes + tagBytes));
  // It checks the tag; of this kind of cipher no bytes are left for it.
  decipher.final();
  return opened;
}
