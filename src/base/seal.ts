import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts secrets at rest with AES-256-GCM. The context (such as `provider:deepseek`) is authenticated, so a sealed value cannot be used in another place. */
export interface Sealer {
  seal(plain: string, context: string): Uint8Array;
  /** Throws for another key or context, and for a changed value. */
  open(sealed: Uint8Array, context: string): string;
}

/** `masterKey` is any text of at least 16 characters; the cipher's key is derived from it with HKDF-SHA-256. */
export function createSealer(masterKey: string): Sealer {
  const key = new Uint8Array(hkdfSync("sha256", masterKey, "sahab", "secrets at rest", 32));
  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes[0] !== version || bytes.length < 1 + nonceBytes + tagBytes)
        throw new Error(`Cannot open the secret of ${context}: unknown format`);
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1, 1 + nonceBytes));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes + tagBytes)), decipher.final()]).toString(
          "utf8",
        );
      } catch (cause) {
        throw new Error(`Cannot open the secret of ${context}: the master key is not the one that sealed it`, {
          cause,
        });
      }
    },
  };
}
