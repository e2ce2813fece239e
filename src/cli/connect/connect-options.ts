/** What the command line of `sahab connect` says. */
export interface ConnectOptions {
  model?: string;
  key?: string;
  project: string;
  expires?: string;
  write?: boolean;
  undo?: boolean;
  dryRun?: boolean;
  json?: boolean;
}
