/** What may make a request dearer than its texts say. */
export interface Extras {
  /** The service tier that it asks for, in small letters; undefined where it asks for none, or for the usual one. */
  serviceTier: string | undefined;
  /** How often it may call tools that the vendor runs, by the names of their fees. */
  toolUses: Readonly<Record<string, number>> | undefined;
  /** Pictures, sounds and files that are not in the body, but named by their address or id. */
  named: { pictures: number; files: number } | undefined;
}
