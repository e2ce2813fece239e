export { passphraseCharsMin, type BackupKey, type BackupLock } from "./backup-key.ts";
export type { Manifest } from "./manifest.ts";
export { restoreBackup } from "./restore-backup.ts";
export { writeBackup } from "./write-backup.ts";
