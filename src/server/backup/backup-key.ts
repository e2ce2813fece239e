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
  } else add("a public key such as age1…", lock.recipients, (key) => encrypter.addRecipient(key));
  return encrypter;
}

export function createDecrypter(key: BackupKey): Decrypter {
  const decrypter = new Decrypter();
  if ("passphrase" in key) decrypter.addPassphrase(key.passphrase);
  else add("a line such as AGE-SECRET-KEY-1…", key.identities, (line) => decrypter.addIdentity(line));
  return decrypter;
}

/** The error says which key is none, and repeats nothing of it: it may be a secret one. */
function add(what: string, keys: readonly string[], addKey: (key: string) => void): void {
  for (const [index, key] of keys.entries()) {
    try {
      addKey(key);
    } catch (cause) {
      throw new Error(
        `${keys.length > 1 ? `key ${index + 1} of ${keys.length}` : "the key"} is none of age; expected ${what}`,
        {
          cause,
        },
      );
    }
  }
}
