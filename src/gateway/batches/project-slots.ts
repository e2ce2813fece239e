import type { Tenant } from "../../base/shares.ts";
import { LineSlots } from "./line-slots.ts";

/** Slots of which a project has a part only, so that its slow ones do not hold up others. */
export class ProjectSlots {
  readonly #all: LineSlots;
  readonly #ofProjectMax: number;
  readonly #own = new Map<string, { slots: LineSlots; users: number }>();

  constructor(most: number, ofProjectMax: number) {
    this.#all = new LineSlots(() => most);
    this.#ofProjectMax = ofProjectMax;
  }

  /** As that of LineSlots. */
  async take(tenant: Tenant, signal: AbortSignal): Promise<(() => void) | undefined> {
    const { project } = tenant;
    const own = this.#own.get(project) ?? { slots: new LineSlots(() => this.#ofProjectMax), users: 0 };
    this.#own.set(project, own);
    own.users++;
    const leave = () => {
      if (--own.users === 0) this.#own.delete(project);
    };
    const releaseOwn = await own.slots.take(tenant, signal);
    const release = releaseOwn && (await this.#all.take(tenant, signal));
    if (!release) {
      releaseOwn?.();
      leave();
      return undefined;
    }
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      release();
      releaseOwn();
      leave();
    };
  }
}
