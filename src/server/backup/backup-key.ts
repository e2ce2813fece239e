import { Decrypter, Encrypter } from "age-encryption";

/** What seals a backup: a passphrase, or the public keys of those who may open it. */
export type BackupLock = { passphrase: string } | { recipients: readonly string[] };

/** What opens it: the passphrase, or one of the secret keys. */
export type BackupKey = { passphrase: string } | { identities: readonly string[] };

/** Guessing a passphrase costs 128 MiB and some tenths of a second each time (age's default is twice that). */
const scryptLogN = 17;
export const passphraseCharsMin = 12;

/** In the format of age (C2SP's age specification), so that other programs can open it, too. Throws for a key that is none. */
export function createEncrypter(lock: BackupLock): Encrypter {
  const encrypter = new Encrypter();
  if ("passphrase" in lock) {
    encrypter.setScryptWorkFactor(scryptLogN);
    encrypter.setPassphrase(lock.passphrase);
  } else for (const recipient of lock.recipients) encrypter.addRecipient(recipient);
  return encrypter;
}

export function createDecrypter(key: BackupKey): Decrypter {
  const decrypter = new Decrypter();
  if ("passphrase" in key) decrypter.addPassphrase(key.passphrase);
  else for (const identity of key.identities) decrypter.addIdentity(identity);
  return decrypter;
}
