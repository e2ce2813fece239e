import type { Tenant } from "../../base/shares.ts";

/** Who uses the model, so that the parent knows when it may sleep. */
export class UseCount {
  #open = 0;
  #openOfUsers = 0;
  #endedMs = performance.now();
  #endedOfUserMs = this.#endedMs;

  enter({ isBackground }: Tenant): void {
    this.#open++;
    if (isBackground !== true) this.#openOfUsers++;
  }

  leave({ isBackground }: Tenant): void {
    this.#open--;
    this.#endedMs = performance.now();
    if (isBackground === true) return;
    this.#openOfUsers--;
    this.#endedOfUserMs = this.#endedMs;
  }

  get isIdle(): boolean {
    return this.#open === 0;
  }

  /** Requests under way, those of them that somebody waits for, and since when there are none. */
  read(): { open: number; openOfUsers: number; idleMs: number; userIdleMs: number } {
    const nowMs = performance.now();
    return {
      open: this.#open,
      openOfUsers: this.#openOfUsers,
      idleMs: this.#open > 0 ? 0 : nowMs - this.#endedMs,
      userIdleMs: this.#openOfUsers > 0 ? 0 : nowMs - this.#endedOfUserMs,
    };
  }
}
