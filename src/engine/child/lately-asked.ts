import type { Tenant } from "../../base/shares.ts";

/** About the pause between two turns of a conversation. Who asked within this time is likely to ask again. */
const latelyMs = 60_000;

/** Knows whether somebody else has lately asked. */
export class LatelyAsked {
  readonly #projects = new LastTwo();
  readonly #keys = new LastTwo();

  note({ project, keyId }: Tenant): void {
    const nowMs = performance.now();
    this.#projects.note(project, nowMs);
    this.#keys.note(nameOf(project, keyId), nowMs);
  }

  hasOtherProject({ project }: Tenant): boolean {
    return this.#projects.otherMs(project) > performance.now() - latelyMs;
  }

  hasOtherKey({ project, keyId }: Tenant): boolean {
    return this.#keys.otherMs(nameOf(project, keyId)) > performance.now() - latelyMs;
  }
}

const nameOf = (project: string, keyId: string) => `${project}\0${keyId}`;

/** The last who asked, and the last before it that was another. So nothing needs to be kept for each. */
class LastTwo {
  #last = { name: "", atMs: Number.NEGATIVE_INFINITY };
  #other = this.#last;

  note(name: string, atMs: number): void {
    if (name !== this.#last.name) this.#other = this.#last;
    this.#last = { name, atMs };
  }

  otherMs(name: string): number {
    return (name === this.#last.name ? this.#other : this.#last).atMs;
  }
}
